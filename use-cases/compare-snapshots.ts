import { type Drift, driftBetween } from "#core/inventory/drift/drift.ts";
import type { EstateDeps } from "./known-estate.ts";
import { type Named, needSnapshot } from "./need-snapshot.ts";
import { noMigration } from "./read-migration.ts";
import { isRefused, type Refused } from "./refused.ts";

/** What differs between two snapshots of a migration, of one cluster at two times or of both. */
export async function compareSnapshots(
  deps: EstateDeps,
  migration: string,
  { from, to }: { readonly from: Named; readonly to: Named },
): Promise<Drift | Refused> {
  if ((await deps.store.postedMigration(migration)) === undefined) return noMigration(migration);
  const [one, other] = await Promise.all([needSnapshot(deps, migration, from), needSnapshot(deps, migration, to)]);
  if (isRefused(one)) return one;
  return isRefused(other) ? other : driftBetween(one, other);
}
