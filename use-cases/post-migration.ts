import type { Migration } from "#core/migration/migration.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import { missingRole } from "./missing-role.ts";
import type { Clock } from "./ports/clock.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { type Refused, refused } from "./refused.ts";
import { type WaveState, waveState } from "./wave-state.ts";

export type PostedMigration = {
  readonly outcome: "created" | "unchanged" | "replaced";
  readonly migration: Migration;
  readonly waves: readonly WaveState[];
};

/**
 * Stores a migration with its waves planned. The same content again answers the state; other content takes the place of a
 * migration of which no wave was ever started, by an operator of the stored one; after that a migration does not change.
 */
export const postMigration = async (
  { store, clock }: { readonly store: WaveStore; readonly clock: Clock },
  { migration, person }: { readonly migration: Migration; readonly person: string },
): Promise<PostedMigration | Refused> => {
  const barred = missingRole(migration, person, "operator", "posting it");
  if (barred !== undefined) return barred;
  const rows = migration.waves.map((wave) => plannedRow({ migration: migration.name, wave: wave.name }, clock.now()));
  const posted = async (outcome: PostedMigration["outcome"]): Promise<PostedMigration> => ({
    outcome,
    migration,
    waves: (await store.waves(migration.name)).map(waveState),
  });
  const outcome = await store.createMigration(migration, rows);
  if (outcome === "created") return posted("created");
  if (outcome === "same") return posted("unchanged");

  const present = await store.migration(migration.name);
  const barredFromStored = present && missingRole(present, person, "operator", "replacing it");
  if (barredFromStored !== undefined) return barredFromStored;
  if (present !== undefined && (await store.replaceMigration(present, migration, rows))) return posted("replaced");
  const started = (await store.waves(migration.name)).filter((row) => row.phase !== "planned" || row.run > 0);
  return refused(
    "conflict",
    started.length > 0
      ? `migration ${migration.name} is stored with other content and its waves ${started.map((row) => row.wave).join(", ")} were started; it no longer changes`
      : `migration ${migration.name} was changed by somebody else at this moment`,
    { cure: started.length > 0 ? "post it under another name" : "read it, then post again" },
  );
};
