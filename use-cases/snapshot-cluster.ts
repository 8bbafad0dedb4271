import type { Migration } from "#core/migration/migration.ts";
import type { ClusterScanner } from "./ports/cluster-scanner.ts";
import type { SnapshotRequester } from "./ports/snapshot-requester.ts";
import type { ClusterRef } from "./ports/snapshot-store.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { type SnapshotDeps, type Taken, type TakeOptions, takeSnapshot } from "./take-snapshot.ts";

export type OpenScanner = ClusterScanner & { close(): Promise<void> };

export type SnapshotClusterDeps = SnapshotDeps & {
  readonly store: Pick<WaveStore, "migration">;
  readonly requester: SnapshotRequester;
  readonly openScanner: (migration: Migration, side: ClusterRef["side"]) => Promise<OpenScanner>;
};

/** One run of a cluster's snapshot; the next is asked for where this one's time was over. */
export async function snapshotCluster(
  deps: SnapshotClusterDeps,
  of: ClusterRef,
  o: TakeOptions,
): Promise<Taken | { readonly state: "no-migration" }> {
  const migration = await deps.store.migration(of.migration);
  if (migration === undefined) return { state: "no-migration" };
  const scanner = await deps.openScanner(migration, of.side);
  try {
    const taken = await takeSnapshot(deps, scanner, of, o);
    if (taken.state === "cut-off") await deps.requester.requestSnapshot(of);
    return taken;
  } finally {
    await scanner.close();
  }
}
