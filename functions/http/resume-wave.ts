import { resumeWave } from "#use-cases/resume-wave.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler((ref, { person }) => resumeWave(commandDeps(), ref, person));
