import { canonicalJson } from "#core/journal/canonical-json.ts";
import type { Migration } from "#core/migration/migration.ts";
import { unusableSignIns } from "#core/people/people.ts";
import { type Posting, plannedAtOf } from "#core/people/posting.ts";
import { plannedRow, wasStarted } from "#core/wave/planned-row.ts";
import type { Access } from "./ports/access.ts";
import type { Clock } from "./ports/clock.ts";
import type { CommandDeps } from "./ports/deps.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { type Refused, refused } from "./refused.ts";
import { type WaveState, waveState } from "./wave-state.ts";
import { personIn, unlessPoster } from "./who-may.ts";

export type MigrationPosted = {
  readonly outcome: "created" | "unchanged" | "replaced";
  readonly migration: Migration;
  /** Who posted the content that is stored: whoever posts the same again changes nothing. */
  readonly posting: Posting;
  readonly waves: readonly WaveState[];
};

type Deps = {
  readonly store: WaveStore;
  readonly clock: Clock;
  readonly access: Access;
  readonly hash: CommandDeps["hash"];
};

/**
 * Stores a migration with its waves planned, by somebody whom the deployment lets. The same content again answers the state; other
 * content takes the place of a migration of which no wave was ever started; after that only what people decide about the estate changes, and what further waves are planned from.
 * A file that says of waves what it said when a plan was accepted has the waves of that plan.
 */
export const postMigration = async (
  deps: Deps,
  { migration: file, caller }: { readonly migration: Migration; readonly caller: string },
): Promise<MigrationPosted | Refused> => {
  const { store, clock, access } = deps;
  const barred = unlessPoster(access, caller) ?? unlessUsable(file, access);
  if (barred !== undefined) return barred;
  const { migration, accepted } = await withAcceptedWaves(deps, file);
  const posting: Posting = {
    by: personIn(migration, caller),
    signedInAs: caller,
    at: clock.now(),
    ...(accepted && { accepted }),
  };
  const rows = migration.waves.map((wave) => plannedRow({ migration: migration.name, wave: wave.name }, posting.at));
  const posted = async (outcome: MigrationPosted["outcome"], by = posting): Promise<MigrationPosted> => ({
    outcome,
    migration,
    posting: by,
    waves: (await store.waves(migration.name)).map(waveState),
  });
  const outcome = await store.createMigration(migration, rows, posting);
  if (outcome === "created") return posted("created");
  const present = await store.postedMigration(migration.name);
  if (outcome === "same") return posted("unchanged", present?.posting);
  if (present !== undefined && (await store.replaceMigration(present.migration, migration, rows, posting)))
    return posted("replaced");
  if (present !== undefined && hasSamePlan(present.migration, migration)) {
    const amended = { ...posting, plannedAt: plannedAtOf(present.posting) };
    if (await store.amendMigration(present.migration, migration, amended)) return posted("replaced", amended);
  }
  const started = (await store.waves(migration.name)).filter(wasStarted);
  return refused(
    "conflict",
    started.length > 0
      ? `migration ${migration.name} is stored with other content and its waves ${started.map((row) => row.wave).join(", ")} were started; but for its estate and its planning it no longer changes`
      : `migration ${migration.name} was changed by somebody else at this moment`,
    {
      cure:
        started.length > 0
          ? "change nothing but its estate and its planning, or post it under another name"
          : "read it, then post again",
    },
  );
};

/** Nobody who posts the file of their repository again, with one waiver more, takes the accepted waves away. */
const withAcceptedWaves = async (
  { store, hash }: Pick<Deps, "store" | "hash">,
  file: Migration,
): Promise<{ readonly migration: Migration; readonly accepted?: Posting["accepted"] }> => {
  const present = await store.postedMigration(file.name);
  const accepted = present?.posting.accepted;
  if (present === undefined || accepted === undefined) return { migration: file };
  const { waves } = present.migration;
  const said = canonicalJson(file.waves);
  return hash(said) === accepted.fileWaves || said === canonicalJson(waves)
    ? { migration: { ...file, waves }, accepted }
    : { migration: file };
};

const hasSamePlan = (stored: Migration, posted: Migration): boolean => {
  const [before, after] = [stored, posted].map((migration) =>
    canonicalJson({ ...migration, estate: undefined, planning: undefined }),
  );
  return before === after;
};

/** A person whom this deployment can never see would be missed only when somebody must approve. */
const unlessUsable = ({ people }: Migration, { ssoRoles }: Access): Refused | undefined => {
  const unusable = unusableSignIns(people, ssoRoles);
  if (unusable.length === 0) return undefined;
  return refused(
    "conflict",
    unusable.map(({ person, path, because }) => `${person} (${path}): ${because}`).join("; "),
    {
      cure: "correct signsInAs of the people named, then post again",
    },
  );
};
