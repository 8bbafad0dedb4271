import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readGatesContract } from "../api/waves.ts";
import { deps } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(readGatesContract, async ({ path }) => {
  const answer = await readGates(deps(), path);
  return isRefused(answer) ? answer : ok({ gates: answer });
});
