import { type InventoryPage, type InventoryQuestion, inventoryPage } from "#core/inventory/inventory-page.ts";
import type { SnapshotFailure, SnapshotHeader } from "#core/inventory/kept.ts";
import type { Kind } from "#core/inventory/snapshot.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { EstateDeps } from "./known-estate.ts";
import { type Named, needSnapshot } from "./need-snapshot.ts";
import type { SnapshotStore } from "./ports/snapshot-store.ts";
import { noMigration } from "./read-migration.ts";
import { isRefused, type Refused } from "./refused.ts";

export type SnapshotsAnswer = { readonly [S in Side]: readonly Omit<SnapshotHeader, "pieces">[] } & {
  readonly failed: { readonly [S in Side]?: SnapshotFailure };
};

export type ListDeps = Pick<EstateDeps, "store"> & { readonly snapshots: Pick<SnapshotStore, "headers" | "failure"> };

/** Whole snapshots of both clusters, the newest first; and of each the one that was given up, while no later one is whole. */
export async function listSnapshots(
  { store, snapshots }: ListDeps,
  migration: string,
  { limit }: { readonly limit: number },
): Promise<SnapshotsAnswer | Refused> {
  if ((await store.postedMigration(migration)) === undefined) return noMigration(migration);
  const of = async (side: Side) => {
    const [headers, failure] = await Promise.all([
      snapshots.headers({ migration, side }),
      snapshots.failure({ migration, side }),
    ]);
    const isOver = failure === undefined || (headers[0]?.startedAt ?? 0) > failure.startedAt;
    return {
      whole: headers.slice(0, limit).map(({ pieces: _pieces, ...shown }) => shown),
      failed: isOver ? {} : { [side]: failure },
    };
  };
  const [source, target] = await Promise.all([of("source"), of("target")]);
  return { source: source.whole, target: target.whole, failed: { ...source.failed, ...target.failed } };
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
