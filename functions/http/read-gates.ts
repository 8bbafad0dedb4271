import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readGatesContract } from "../api/waves.ts";
import { clock, hash, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(readGatesContract, async ({ path }) => {
  const answer = await readGates({ store: waveStore(), clock, hash }, path);
  return isRefused(answer) ? answer : ok({ gates: answer });
});
