import { resumeWave } from "#use-cases/resume-wave.ts";
import { resumeWaveContract } from "../api/commands.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler(resumeWaveContract, commandDeps, (deps, ref, { person }) =>
  resumeWave(deps, ref, person),
);
