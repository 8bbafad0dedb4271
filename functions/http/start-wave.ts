import { startWave } from "#use-cases/start-wave.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler((ref, { person }) => startWave(commandDeps(), ref, person));
