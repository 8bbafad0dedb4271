import { readWave } from "#use-cases/read-wave.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readWaveContract } from "../api/waves.ts";
import { clock, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(readWaveContract, async ({ path }) => {
  const answer = await readWave({ store: waveStore(), clock }, path);
  return isRefused(answer) ? answer : ok(answer);
});
