import { startWave } from "#use-cases/start-wave.ts";
import { startWaveContract } from "../api/commands.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler(startWaveContract, commandDeps, (deps, ref, { person }) =>
  startWave(deps, ref, person),
);
