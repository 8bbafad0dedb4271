import { holdWave } from "#use-cases/hold-wave.ts";
import { holdWaveContract } from "../api/commands.ts";
import { deps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler(holdWaveContract, (ref, { person, body }) =>
  holdWave(deps(), ref, person, body.reason),
);
