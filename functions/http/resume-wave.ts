import { resumeWave } from "#use-cases/resume-wave.ts";
import { deps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler((ref, { person }) => resumeWave(deps(), ref, person));
