import { type InventoryPage, type InventoryQuestion, inventoryPage } from "#core/inventory/inventory-page.ts";
import type { SnapshotHeader } from "#core/inventory/kept.ts";
import type { Kind } from "#core/inventory/snapshot.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { EstateDeps } from "./known-estate.ts";
import { type Named, needSnapshot } from "./need-snapshot.ts";
import { noMigration } from "./read-migration.ts";
import { isRefused, type Refused } from "./refused.ts";

export type SnapshotsAnswer = { readonly [S in Side]: readonly Omit<SnapshotHeader, "pieces">[] };

/** Whole snapshots of both clusters, the newest first. */
export async function listSnapshots(
  { store, snapshots }: EstateDeps,
  migration: string,
  { limit }: { readonly limit: number },
): Promise<SnapshotsAnswer | Refused> {
  if ((await store.postedMigration(migration)) === undefined) return noMigration(migration);
  const of = async (side: Side) =>
    (await snapshots.headers({ migration, side })).slice(0, limit).map(({ pieces: _pieces, ...shown }) => shown);
  const [source, target] = await Promise.all([of("source"), of("target")]);
  return { source, target };
}

/** One page of the items of a kind. */
export async function readInventory(
  deps: EstateDeps,
  migration: string,
  named: Named & { readonly kind: Kind },
  question: InventoryQuestion,
): Promise<InventoryPage | Refused> {
  if ((await deps.store.postedMigration(migration)) === undefined) return noMigration(migration);
  const snapshot = await needSnapshot(deps, migration, named);
  return isRefused(snapshot) ? snapshot : inventoryPage(snapshot, named.kind, question);
}
