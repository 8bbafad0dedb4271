import { retryWave } from "#use-cases/retry-wave.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler((ref, { person }) => retryWave(commandDeps(), ref, person));
