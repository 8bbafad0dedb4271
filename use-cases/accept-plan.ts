import { canonicalJson } from "#core/journal/canonical-json.ts";
import { type Migration, migrationSchema } from "#core/migration/migration.ts";
import type { Posting } from "#core/people/posting.ts";
import { acceptedWaves } from "#core/planning/accepted-waves.ts";
import type { PlanHeader } from "#core/planning/kept-plan.ts";
import type { Plan } from "#core/planning/plan.ts";
import { type Already, write } from "#core/wave/decision.ts";
import { plannedRow, wasStarted } from "#core/wave/planned-row.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { unlessNewest } from "./approve-plan.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { missingRole } from "./missing-role.ts";
import { type PlanDeps, unlessAcceptable, unlessStanding, voidsOf } from "./plan-standing.ts";
import type { Clock } from "./ports/clock.ts";
import type { PostedMigration, WaveStore } from "./ports/wave-store.ts";
import { findPlan, type PlanShown, planShown } from "./read-plan.ts";
import { isRefused, type Refused, refused } from "./refused.ts";
import { type WaveState, waveState } from "./wave-state.ts";

export type PlanAccepted = PlanShown & {
  readonly waves: readonly WaveState[];
  /** Why nothing was written. */
  readonly already?: string;
};

type Deps = PlanDeps & {
  readonly store: WaveStore;
  readonly clock: Clock;
};
type Completed = {
  readonly migration: Migration;
  readonly posting: Posting;
  readonly started: readonly string[];
  readonly at: number;
};

/**
 * The waves of the approved plan take the place of those that the migration has and nobody has started. From then on they are
 * waves as any other: started, judged and approved one by one.
 */
export async function acceptPlan(
  deps: Deps,
  migration: string,
  { person, hash }: { readonly person: string; readonly hash: string },
): Promise<PlanAccepted | Refused> {
  const found = await findPlan(deps, migration, {
    unlessMay: (file) => missingRole(file, person, "operator", "accepting a plan"),
  });
  if (isRefused(found)) return found;
  const { posted, header } = found;
  const barred = unlessNewest(found, hash);
  if (barred !== undefined) return barred;
  const plan = await deps.plans.plan(migration, header);
  const { accepted } = posted.posting;
  if (accepted?.plan === header.id) return told(deps, posted, header, plan, `${accepted.by} has accepted it`);
  const refusal =
    unlessStanding(posted, header, await voidsOf(deps, posted, { header, plan, newest: header.id })) ??
    unlessAcceptable(plan) ??
    unlessApproved(posted, header);
  if (refusal !== undefined) return refusal;
  const after = await completed(deps, posted, header, plan, person);
  if (isRefused(after)) return after;
  const rows = plan.waves.map(({ name }) => plannedRow({ migration, wave: name }, after.at));
  if (!(await deps.store.replaceMigration(posted.migration, after.migration, rows, after.posting, after.started)))
    return refused("conflict", `migration ${migration} was changed, or one of its waves started, at this moment`, {
      cure: `GET /migrations/${migration}/plan tells whether the plan still stands; then accept it again`,
    });
  return told(deps, after, header, plan);
}

/** The file with the plan's waves, checked as if a person had written them. */
async function completed(
  deps: Deps,
  { migration, posting }: PostedMigration,
  header: PlanHeader,
  plan: Plan,
  person: string,
): Promise<Completed | Refused> {
  const again = { cure: `POST /migrations/${migration.name}/plan proposes one anew; then approve that` };
  const started = (await deps.store.waves(migration.name)).filter(wasStarted).map(({ wave }) => wave);
  const since = started.filter((wave) => !plan.fixed.includes(wave));
  if (since.length > 0)
    return refused("conflict", `wave ${since.join(", ")} was started since plan ${header.id} was proposed`, again);
  const { waves, missing } = acceptedWaves(migration, plan);
  if (missing.length > 0)
    return refused("conflict", `nobody declares ${missing.join(", ")}`, {
      cure: "declare them under planning.groups of the migration file, post it, and propose a plan anew",
    });
  const whole = { ...migration, waves: [...migration.waves.filter(({ name }) => started.includes(name)), ...waves] };
  // Without its planning: where waves are still to be planned, a file may name some that it does not have.
  const checked = migrationSchema.safeParse({ ...whole, planning: undefined });
  if (!checked.success)
    return refused(
      "conflict",
      `the file with the plan's waves would be refused: ${checked.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`,
      { cure: "correct the migration file, post it, and propose a plan anew" },
    );
  const at = deps.clock.now();
  return {
    migration: whole,
    started,
    at,
    posting: {
      ...posting,
      accepted: {
        plan: header.id,
        hash: header.hash,
        snapshot: header.basis.source,
        approvedBy: header.approval?.by ?? person,
        by: person,
        at,
        fileWaves: posting.accepted?.fileWaves ?? deps.hash(canonicalJson(migration.waves)),
      },
    },
  };
}

function unlessApproved({ migration }: PostedMigration, { id, hash, approval }: PlanHeader): Refused | undefined {
  if (approval !== undefined) return undefined;
  const who = migration.people.filter(({ roles }) => roles.includes("cutover-approver")).map((person) => person.id);
  return refused("conflict", `nobody has approved plan ${id}`, {
    who,
    cure: `a cutover-approver approves it by its hash: POST /migrations/${migration.name}/plan/approve {"hash": "${hash}"}`,
  });
}

const WRITES_AT_ONCE = 8;
const EVENT = "WavePlanned";

/** The acceptance is journalled with each wave; whoever was cut off midway accepts again. */
async function told(
  deps: Deps,
  posted: Pick<PostedMigration, "migration" | "posting">,
  header: PlanHeader,
  plan: Plan,
  already?: string,
): Promise<PlanAccepted> {
  const { accepted } = posted.posting;
  const names = new Set(plan.waves.map(({ name }) => name));
  const rows = (await deps.store.waves(posted.migration.name)).filter(({ wave }) => names.has(wave));
  const waves = await mapConcurrently(rows, WRITES_AT_ONCE, (row) =>
    accepted === undefined ? Promise.resolve(row) : journalled(deps, row, accepted),
  );
  return {
    ...planShown(posted, header),
    waves: waves.map(waveState),
    ...(already !== undefined && { already }),
  };
}

async function journalled(deps: Deps, seen: WaveRow, accepted: NonNullable<Posting["accepted"]>): Promise<WaveRow> {
  const { plan, hash, approvedBy, by } = accepted;
  const entries = await deps.store.journal(seen);
  if (entries.some(({ event, details }) => event === EVENT && details["plan"] === plan)) return seen;
  const { row } = await decideAndWrite<Already>(deps, seen, (present) => {
    // By whoever accepts at the same moment, or starts it, which needs no plan any more.
    if (present.version !== seen.version) return { kind: "already", because: "the wave has changed meanwhile" };
    const { version: _version, journal: _journal, updatedAt: _updatedAt, ...same } = present;
    return write(same, { event: EVENT, by, details: { plan, hash, approvedBy } });
  });
  return row;
}
