import { approvalSection } from "#core/planning/page/approval-section.ts";
import { planPage } from "#core/planning/page/plan-page.ts";
import { readPlan } from "#use-cases/read-plan.ts";
import { isRefused, refused } from "#use-cases/refused.ts";
import { readPlanContract } from "../api/plans.ts";
import { deployedToRead, planReading } from "../wire.ts";
import { markdown, ok, toResponse } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

/** Lambda answers with 6 MB at most, and whoever asks would learn nothing of why. */
const MOST_BYTES = 6_000_000;

export const handler = routeHandler(
  readPlanContract,
  async ({ path, query }) => {
    const answer = await readPlan(planReading(), path.migration, query);
    if (isRefused(answer)) return answer;
    const told =
      query.format === "markdown" ? markdown(`${planPage(answer.plan)}\n${approvalSection(answer)}`) : ok(answer);
    const bytes = JSON.stringify(toResponse(told)).length;
    return bytes <= MOST_BYTES
      ? told
      : refused(
          "conflict",
          `plan ${answer.id} takes ${bytes} bytes as ${query.format}; one answer holds ${MOST_BYTES}`,
          {
            cure: "ask for it wave by wave with ?wave=NAME; POST …/plan and GET …/plan/changes tell of the whole",
          },
        );
  },
  deployedToRead,
);
