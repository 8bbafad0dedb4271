import type { Migration } from "#core/migration/migration.ts";
import { comparePlans, type PlanChanges } from "#core/planning/compare-plans.ts";
import type { PlanHeader } from "#core/planning/kept-plan.ts";
import type { Plan } from "#core/planning/plan.ts";
import { type PlanDeps, type PlanVoid, voidsOf } from "./plan-standing.ts";
import type { PostedMigration } from "./ports/wave-store.ts";
import { noMigration } from "./read-migration.ts";
import { isRefused, type Refused, refused } from "./refused.ts";

export type FoundPlan = {
  readonly posted: PostedMigration;
  readonly header: PlanHeader;
  readonly headers: readonly [PlanHeader, ...PlanHeader[]];
};

/** What is told of a plan beside the plan itself. */
export type PlanShown = Pick<PlanHeader, "id" | "by" | "hash" | "basis" | "counts" | "approval"> & {
  /** Its waves are those of the migration. */
  readonly accepted?: { readonly by: string; readonly at: number };
};

export type PlanAnswer = PlanShown & {
  /** Why an approval counts no more, or would not; empty: the plan stands. */
  readonly voids: readonly PlanVoid[];
  /** Ids of those before it, the newest first. */
  readonly earlier: readonly string[];
  readonly plan: Plan;
};

export const planShown = (
  { posting }: Pick<PostedMigration, "posting">,
  { id, by, hash, basis, counts, approval }: PlanHeader,
): PlanShown => ({
  id,
  by,
  hash,
  basis,
  counts,
  ...(approval && { approval }),
  ...(posting.accepted?.plan === id && { accepted: { by: posting.accepted.by, at: posting.accepted.at } }),
});

/** A plan by its id or as "newest"; refused, with how to come by one, where it is not there. Strangers learn not even that. */
export async function findPlan(
  deps: PlanDeps,
  migration: string,
  { id = "newest", unlessMay }: { readonly id?: string; readonly unlessMay?: (file: Migration) => Refused | undefined },
): Promise<FoundPlan | Refused> {
  const posted = await deps.store.postedMigration(migration);
  if (posted === undefined) return noMigration(migration);
  const barred = unlessMay?.(posted.migration);
  if (barred !== undefined) return barred;
  const [newest, ...others] = await deps.plans.headers(migration);
  const header = id === "newest" ? newest : [newest, ...others].find((one) => one?.id === id);
  if (newest === undefined || header === undefined)
    return refused(
      "not-found",
      newest === undefined
        ? `no plan of migration ${migration} was proposed yet`
        : `migration ${migration} has no plan ${id}`,
      {
        cure:
          newest === undefined
            ? `POST /migrations/${migration}/plan proposes one`
            : `GET /migrations/${migration}/plan shows the newest, and the ids of those before it`,
      },
    );
  return { posted, header, headers: [newest, ...others] };
}

/** Whole, or with what is about one of its waves: its `hash` is that of the whole all the same. */
export async function readPlan(
  deps: PlanDeps,
  migration: string,
  { plan: id, wave }: { readonly plan: string; readonly wave?: string | undefined },
): Promise<PlanAnswer | Refused> {
  const found = await findPlan(deps, migration, { id });
  if (isRefused(found)) return found;
  const { posted, header, headers } = found;
  const whole = await deps.plans.plan(migration, header);
  const plan = wave === undefined ? whole : aboutWave(whole, wave);
  if (plan === undefined)
    return refused("not-found", `plan ${header.id} has no wave ${wave}`, {
      cure: `its waves: ${whole.waves.map(({ name }) => name).join(", ")}`,
    });
  return {
    ...planShown(posted, header),
    voids: await voidsOf(deps, posted, { header, plan: whole, newest: headers[0].id }),
    earlier: headers.map((one) => one.id).filter((one) => one < header.id),
    plan,
  };
}

const aboutWave = (plan: Plan, name: string): Plan | undefined => {
  const isIt = ({ wave }: { readonly wave?: string }): boolean => wave === name;
  const waves = plan.waves.filter((wave) => wave.name === name);
  if (waves.length === 0) return undefined;
  const topics = new Set(waves.flatMap((wave) => wave.topics));
  return {
    ...plan,
    waves,
    windows: plan.windows.filter(isIt),
    findings: plan.findings.filter(isIt),
    undecided: plan.undecided.filter(isIt),
    costliestEdges: plan.costliestEdges.filter(isIt),
    loosened: plan.loosened.filter(({ edge }) => topics.has(edge.topic)),
    leftOut: [],
  };
};

export type PlansCompared = PlanChanges & { readonly from: string; readonly to: string };

/** What changed from one plan to a later one: from the one before it unless given. */
export async function comparePlansOf(
  deps: PlanDeps,
  migration: string,
  { from, to }: { readonly from?: string | undefined; readonly to: string },
): Promise<PlansCompared | Refused> {
  const later = await findPlan(deps, migration, { id: to });
  if (isRefused(later)) return later;
  const before = from ?? later.headers.find(({ id }) => id < later.header.id)?.id;
  if (before === undefined)
    return refused(
      "not-found",
      `plan ${later.header.id} is the first of migration ${migration}; there is none before it`,
      {
        cure: "propose another when something has changed, and compare them then",
      },
    );
  const earlier = await findPlan(deps, migration, { id: before });
  if (isRefused(earlier)) return earlier;
  const [one, other] = await Promise.all([
    deps.plans.plan(migration, earlier.header),
    deps.plans.plan(migration, later.header),
  ]);
  return { from: earlier.header.id, to: later.header.id, ...comparePlans(one, other) };
}
