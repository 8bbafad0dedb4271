import { holdWave } from "#use-cases/hold-wave.ts";
import { holdWaveContract } from "../api/commands.ts";
import { clock, waveStore } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const deps = () => ({ store: waveStore(), clock });

export const handler = commandHandler(holdWaveContract, deps, (given, ref, { person, body }) =>
  holdWave(given, ref, person, body.reason),
);
