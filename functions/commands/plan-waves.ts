import { acceptPlan } from "#use-cases/accept-plan.ts";
import { proposePlan } from "#use-cases/propose-plan.ts";
import { isRefused } from "#use-cases/refused.ts";
import { created, ok, toResponse } from "../http/http-answer.ts";
import { refusalProblem } from "../http/problem.ts";
import { clock, hash, planReading, planStore, snapshotStore, waveStore } from "../wire.ts";
import { planOrderSchema } from "./order.ts";
import { orderHandler } from "./worker-handler.ts";

/** It reaches no cluster: plans are made of snapshots. */
export const handler = orderHandler(planOrderSchema, async ({ migration, person, does, hash: named = "" }) => {
  const deps = { store: waveStore(), snapshots: snapshotStore(), hash, clock };
  if (does === "accept") {
    const accepted = await acceptPlan({ ...deps, plans: planReading().plans }, migration, { person, hash: named });
    return toResponse(isRefused(accepted) ? refusalProblem(accepted) : ok(accepted));
  }
  const proposed = await proposePlan({ ...deps, plans: planStore() }, migration, { person });
  if (isRefused(proposed)) return toResponse(refusalProblem(proposed));
  return toResponse(proposed.outcome === "proposed" ? created(proposed) : ok(proposed));
});
