import type { ClusterRef } from "./snapshot-store.ts";

/** Asks for a snapshot of one cluster, or for one that was cut off to go on. Whoever asks waits for nothing. */
export interface SnapshotRequester {
  requestSnapshot(of: ClusterRef): Promise<void>;
}
