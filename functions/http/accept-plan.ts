import { acceptPlan } from "#use-cases/accept-plan.ts";
import { isRefused } from "#use-cases/refused.ts";
import { acceptPlanContract } from "../api/plans.ts";
import { clock, planReading, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(acceptPlanContract, async ({ path, person, body }) => {
  const deps = { ...planReading(), store: waveStore(), clock };
  const answer = await acceptPlan(deps, path.migration, { person, hash: body.hash });
  return isRefused(answer) ? answer : ok(answer);
});
