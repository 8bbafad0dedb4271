import type { ClusterRef } from "#use-cases/ports/snapshot-store.ts";
import type { Key } from "./keys.ts";

/** Of every snapshot of one cluster. */
export const snapshotPartition = ({ migration, side }: ClusterRef): string => `SNAPSHOT#${migration}/${side}`;

export const inHandKey = (of: ClusterRef): Key => ({ pk: snapshotPartition(of), sk: "IN-HAND" });

/** Of the last snapshot that was given up. */
export const failureKey = (of: ClusterRef): Key => ({ pk: snapshotPartition(of), sk: "FAILED" });

export const HEADER = "HEADER#";
export const headerKey = (of: ClusterRef, id: string): Key => ({ pk: snapshotPartition(of), sk: `${HEADER}${id}` });

/** Zero-padded, so that a query finds them in their order. */
export const chunkKey = (of: ClusterRef, id: string, chunk: number): Key => ({
  pk: snapshotPartition(of),
  sk: `CHUNK#${id}#${String(chunk).padStart(5, "0")}`,
});
