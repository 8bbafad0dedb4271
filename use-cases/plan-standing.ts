/** Whether what a plan was made of is still so. */
import { sinceApproved } from "#core/inventory/drift/since-approved.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import { reviewedLast } from "#core/migration/estate.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mostWaves } from "#core/migration/wave-plan.ts";
import type { PlanHeader } from "#core/planning/kept-plan.ts";
import type { Plan } from "#core/planning/plan.ts";
import type { EstateDeps } from "./known-estate.ts";
import type { CommandDeps } from "./ports/deps.ts";
import type { PlanStore } from "./ports/plan-store.ts";
import type { PostedMigration } from "./ports/wave-store.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { type Refused, refused } from "./refused.ts";

export type PlanDeps = EstateDeps & {
  readonly plans: Pick<PlanStore, "headers" | "plan">;
  readonly hash: CommandDeps["hash"];
};

/** One reason for which an approval of a plan counts no more. */
export type PlanVoid = {
  readonly because: "newer-plan" | "file-changed" | "snapshot-gone" | "drift" | "not-comparable";
  readonly says: string;
  /** Of drift: the rule by which it voids. */
  readonly rule?: string;
};

export const fileHash = (hash: CommandDeps["hash"], migration: Migration): string => hash(canonicalJson(migration));

/** Empty: the plan stands. One that was accepted has done its work: drift since then is judged wave by wave, by gate inventory. */
export async function voidsOf(
  deps: PlanDeps,
  { migration, posting }: PostedMigration,
  plan: { readonly header: PlanHeader; readonly plan: Plan; readonly newest: string },
): Promise<readonly PlanVoid[]> {
  const { header, newest } = plan;
  if (posting.accepted?.plan === header.id) return [];
  const voids: PlanVoid[] = [];
  if (newest !== header.id) voids.push({ because: "newer-plan", says: `plan ${newest} was proposed since then` });
  if (fileHash(deps.hash, migration) !== header.file)
    voids.push({ because: "file-changed", says: "the migration file was posted with other content since then" });
  return [...voids, ...(await driftOf(deps, migration, header, plan.plan))];
}

async function driftOf(
  deps: PlanDeps,
  migration: Migration,
  { basis }: PlanHeader,
  { waves }: Plan,
): Promise<readonly PlanVoid[]> {
  const of = { migration: migration.name, side: "source" } as const;
  const [newest] = await deps.snapshots.headers(of);
  // Whoever reviewed a later snapshot lets stand what had changed until then.
  const since = [basis.source, reviewedLast(migration.estate) ?? ""].toSorted().at(-1) ?? basis.source;
  if (newest !== undefined && newest.id <= since) return [];
  const [before, now] = await Promise.all([readSnapshot(deps, of, since), readSnapshot(deps, of, "newest")]);
  if (before === undefined || now === undefined)
    return [{ because: "snapshot-gone", says: `snapshot ${since} of the source, which it stands on, is not there` }];
  const moved = {
    topics: waves.flatMap(({ topics }) => topics),
    groups: waves.flatMap(({ groups }) => groups),
    clients: waves.flatMap(({ principals }) => principals.map((principal) => ({ principal, kind: "both" as const }))),
  };
  const { voiding, blind } = sinceApproved(migration, moved, before, now);
  return [
    ...voiding.map(({ says, voids = "" }) => ({ because: "drift" as const, says, rule: voids })),
    ...(blind === undefined
      ? []
      : [
          {
            because: "not-comparable" as const,
            says: `${blind.what} of ${blind.kind} cannot be compared: ${blind.why}${blind.cure === undefined ? "" : `; ${blind.cure}`}`,
          },
        ]),
  ];
}

const MOST_SAID = 5;

/** Refused where the plan does not stand, with what voids it. */
export function unlessStanding(
  { migration }: PostedMigration,
  header: PlanHeader,
  voids: readonly PlanVoid[],
): Refused | undefined {
  if (voids.length === 0) return undefined;
  const said = voids.slice(0, MOST_SAID).map(({ says, rule }) => (rule === undefined ? says : `${says} (${rule})`));
  const more = voids.length > MOST_SAID ? ` and ${voids.length - MOST_SAID} more` : "";
  const what = header.approval === undefined ? "does not stand" : `, approved by ${header.approval.by}, is void`;
  return refused("conflict", `plan ${header.id} ${what}: ${said.join("; ")}${more}`.replace(" ,", ","), {
    cure: `POST /migrations/${migration.name}/plan proposes one of the newest snapshots and the file as it is; then approve that`,
  });
}

/** Refused where something that a wave needs is not decided, by name, and where the waves are more than a migration can have. */
export function unlessAcceptable({ undecided, migration, waves, fixed }: Plan): Refused | undefined {
  const all = waves.length + fixed.length;
  if (all > mostWaves)
    return refused("conflict", `the plan has ${all} waves, and a migration at most ${mostWaves}`, {
      cure: "raise planning.limits of the migration file, so that more moves together, or decide in estate.decisions what another migration shall move; post it, and propose a plan anew",
    });
  const open = undecided.filter(({ blocks }) => blocks);
  if (open.length === 0) return undefined;
  const names = open
    .slice(0, MOST_SAID)
    .map(({ what, who, says, cure }) => `${what.kind} ${what.name}: ${says} (${who}: ${cure})`);
  const more = open.length > MOST_SAID ? `; and ${open.length - MOST_SAID} more` : "";
  return refused("conflict", `${open.length} that the waves need are undecided: ${names.join("; ")}${more}`, {
    who: [...new Set(open.map(({ who }) => who))],
    cure: `decide them in the migration file, post it, and POST /migrations/${migration}/plan; GET …/plan lists them under undecided`,
  });
}
