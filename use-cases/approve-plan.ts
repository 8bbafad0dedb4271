import { missingRole } from "./missing-role.ts";
import { type PlanDeps, unlessAcceptable, unlessStanding, voidsOf } from "./plan-standing.ts";
import type { Clock } from "./ports/clock.ts";
import type { PlanStore } from "./ports/plan-store.ts";
import { type FoundPlan, findPlan, type PlanShown, planShown } from "./read-plan.ts";
import { isRefused, type Refused, refused } from "./refused.ts";

export type PlanApproved = PlanShown & {
  /** Why nothing was written. */
  readonly already?: string;
};

type Deps = PlanDeps & { readonly plans: Pick<PlanStore, "amend">; readonly clock: Pick<Clock, "now"> };

/** Who runs the migration says that exactly this plan is what shall be done. */
export async function approvePlan(
  deps: Deps,
  migration: string,
  { person, hash }: { readonly person: string; readonly hash: string },
): Promise<PlanApproved | Refused> {
  const found = await findPlan(deps, migration, {
    unlessMay: (file) => missingRole(file, person, "cutover-approver", "approving a plan"),
  });
  if (isRefused(found)) return found;
  const { posted, header } = found;
  const barred = unlessNewest(found, hash);
  if (barred !== undefined) return barred;
  const plan = await deps.plans.plan(migration, header);
  const refusal =
    unlessStanding(posted, header, await voidsOf(deps, posted, { header, plan, newest: header.id })) ??
    unlessAcceptable(plan);
  if (refusal !== undefined) return refusal;
  if (header.approval !== undefined)
    return { ...planShown(posted, header), already: `${header.approval.by} has approved it` };
  const approval = { by: person, at: deps.clock.now() };
  if (!(await deps.plans.amend(migration, header, { file: header.file, approval })))
    return refused("conflict", `plan ${header.id} was changed by somebody else at this moment`, {
      cure: "read it, then approve again",
    });
  return planShown(posted, { ...header, approval });
}

/** What is approved or accepted is the newest plan, and no other. */
export const unlessNewest = ({ header, posted }: FoundPlan, hash: string): Refused | undefined =>
  header.hash === hash
    ? undefined
    : refused("conflict", `${hash} is not the hash of the newest plan ${header.id}, which is ${header.hash}`, {
        cure: `read GET /migrations/${posted.migration.name}/plan again, and name the hash that it shows`,
      });
