import { proposePlan } from "#use-cases/propose-plan.ts";
import { isRefused } from "#use-cases/refused.ts";
import { proposePlanContract } from "../api/plans.ts";
import { clock, deployedToRead, hash, planStore, snapshotStore, waveStore } from "../wire.ts";
import { created, ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  proposePlanContract,
  async ({ path, person }) => {
    const deps = { store: waveStore(), snapshots: snapshotStore(), plans: planStore(), hash, clock };
    const answer = await proposePlan(deps, path.migration, { person });
    if (isRefused(answer)) return answer;
    return answer.outcome === "proposed" ? created(answer) : ok(answer);
  },
  deployedToRead,
);
