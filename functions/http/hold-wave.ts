import { holdWave } from "#use-cases/hold-wave.ts";
import { holdWaveContract } from "../api/commands.ts";
import { clock, waveStore } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler(holdWaveContract, (ref, { person, body }) =>
  holdWave({ store: waveStore(), clock }, ref, person, body.reason),
);
