import type { ClusterRef } from "./snapshot-store.ts";

/** A snapshot of one cluster, or the next run of the one that was cut off and is called `goesOn`, and of no other. */
export type SnapshotRequest = ClusterRef & { readonly goesOn?: string | undefined };

/** Whoever asks waits for nothing. */
export interface SnapshotRequester {
  requestSnapshot(of: SnapshotRequest): Promise<void>;
}
