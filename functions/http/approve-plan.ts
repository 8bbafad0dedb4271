import { approvePlan } from "#use-cases/approve-plan.ts";
import { isRefused } from "#use-cases/refused.ts";
import { approvePlanContract } from "../api/plan-commands.ts";
import { clock, deployedToRead, planReading, planStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  approvePlanContract,
  async ({ path, person, body }) => {
    const deps = { ...planReading(), plans: planStore(), clock };
    const answer = await approvePlan(deps, path.migration, { person, hash: body.hash });
    return isRefused(answer) ? answer : ok(answer);
  },
  deployedToRead,
);
