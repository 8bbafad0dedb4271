import { RetryableFault } from "#core/fault.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import type { Side } from "#core/kafka/offset.ts";
import { keptForPlan, type PlanHeader } from "#core/planning/kept-plan.ts";
import type { Plan } from "#core/planning/plan.ts";
import { proposePlan as planFrom } from "#core/planning/propose-plan.ts";
import { wasStarted } from "#core/wave/planned-row.ts";
import { type EstateDeps, knownEstate } from "./known-estate.ts";
import { missingRole } from "./missing-role.ts";
import { fileHash } from "./plan-standing.ts";
import type { Clock } from "./ports/clock.ts";
import type { CommandDeps } from "./ports/deps.ts";
import type { PlanStore } from "./ports/plan-store.ts";
import type { SnapshotStore } from "./ports/snapshot-store.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { type PlanShown, planShown } from "./read-plan.ts";
import { isRefused, type Refused } from "./refused.ts";

export type PlanProposed = PlanShown & { readonly outcome: "proposed" | "unchanged" };

export type ProposeDeps = {
  readonly store: EstateDeps["store"] & Pick<WaveStore, "waves">;
  readonly snapshots: EstateDeps["snapshots"] & Pick<SnapshotStore, "keep">;
  readonly plans: PlanStore;
  readonly hash: CommandDeps["hash"];
  readonly clock: Pick<Clock, "now">;
};

/** Proposes the waves of a migration from the newest snapshots and the file. What says the same as the newest plan is that plan. */
export async function proposePlan(
  deps: ProposeDeps,
  name: string,
  { person }: { readonly person: string },
): Promise<PlanProposed | Refused> {
  const known = await knownEstate(deps, name);
  if (isRefused(known)) return known;
  const { migration, posting, source, target } = known;
  const missing = missingRole(migration, person, "operator", "proposing a plan");
  if (missing !== undefined) return missing;
  const started = (await deps.store.waves(name)).filter(wasStarted).map(({ wave }) => wave);
  const now = deps.clock.now();
  const plan = planFrom({ migration, source, target, started, now });
  const hash = deps.hash(canonicalJson(plan));
  const file = fileHash(deps.hash, migration);
  const [newest] = await deps.plans.headers(name);
  if (newest?.hash === hash)
    return { ...planShown({ posting }, await asOf(deps, name, newest, file)), outcome: "unchanged" };
  const id = new Date(now).toISOString();
  // Before the plan is seen: it must never name what has expired.
  for (const [side, snapshot] of Object.entries(plan.basis) as [Side, string][])
    if (!(await deps.snapshots.keep({ migration: name, side, id: snapshot }, keptForPlan(id))))
      throw new RetryableFault(`snapshot ${snapshot} of the ${side} was let go meanwhile`);
  const header = await deps.plans.save(
    name,
    { id, by: person, hash, basis: plan.basis, file, counts: countsOf(plan) },
    plan,
  );
  if (header === undefined)
    throw new RetryableFault(`another plan of migration ${name} was proposed in the same millisecond`);
  return { ...planShown({ posting }, header), outcome: "proposed" };
}

/** The file was changed in nothing that the plan is made of: its approval stands. */
async function asOf(deps: ProposeDeps, name: string, newest: PlanHeader, file: string): Promise<PlanHeader> {
  if (newest.file === file) return newest;
  const { approval } = newest;
  if (!(await deps.plans.amend(name, newest, { file, ...(approval && { approval }) })))
    throw new RetryableFault(`plan ${newest.id} was changed by somebody else at this moment`);
  return { ...newest, file };
}

const countsOf = ({ waves, findings, undecided }: Plan): PlanHeader["counts"] => ({
  waves: waves.length,
  findings: findings.length,
  undecided: undecided.length,
  blocking: undecided.filter(({ blocks }) => blocks).length,
});
