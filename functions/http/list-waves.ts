import { listWaves } from "#use-cases/list-waves.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listWavesContract } from "../api/waves.ts";
import { clock, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(listWavesContract, async ({ path }) => {
  const answer = await listWaves({ store: waveStore(), clock }, path.migration);
  return isRefused(answer) ? answer : ok({ waves: answer });
});
