import { approvalSection } from "#core/planning/page/approval-section.ts";
import { planPage } from "#core/planning/page/plan-page.ts";
import { readPlan } from "#use-cases/read-plan.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readPlanContract } from "../api/plans.ts";
import { deployedToRead, planReading } from "../wire.ts";
import { markdown, ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  readPlanContract,
  async ({ path, query }) => {
    const answer = await readPlan(planReading(), path.migration, query.plan);
    if (isRefused(answer)) return answer;
    return query.format === "markdown" ? markdown(`${planPage(answer.plan)}\n${approvalSection(answer)}`) : ok(answer);
  },
  deployedToRead,
);
