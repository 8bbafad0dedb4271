import { retryWave } from "#use-cases/retry-wave.ts";
import { retryWaveContract } from "../api/commands.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler(retryWaveContract, commandDeps, (deps, ref, { person }) =>
  retryWave(deps, ref, person),
);
