import { comparePlansOf } from "#use-cases/read-plan.ts";
import { isRefused } from "#use-cases/refused.ts";
import { comparePlansContract } from "../api/plans.ts";
import { deployedToRead, planReading } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  comparePlansContract,
  async ({ path, query }) => {
    const answer = await comparePlansOf(planReading(), path.migration, query);
    return isRefused(answer) ? answer : ok(answer);
  },
  deployedToRead,
);
