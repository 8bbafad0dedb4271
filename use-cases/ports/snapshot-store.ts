/** Snapshots of clusters. Readers see whole ones only: the header is written last, and it alone makes a snapshot. */
import type { Piece, SnapshotFailure, SnapshotHeader, Unfinished } from "#core/inventory/kept.ts";
import type { SnapshotRef, SomeListings } from "#core/inventory/snapshot.ts";
import type { Side } from "#core/kafka/offset.ts";

export type ClusterRef = { readonly migration: string; readonly side: Side };

export interface SnapshotStore {
  /**
   * Takes the cluster's snapshot in hand until `until`: one that was cut off, or the one given if there is none; its runs are
   * one more. Undefined: somebody else has it in hand at `now`, or it is not the one called `only`.
   */
  take(
    of: ClusterRef,
    fresh: Unfinished,
    o: { readonly holder: string; readonly now: number; readonly until: number; readonly only?: string | undefined },
  ): Promise<Unfinished | undefined>;
  /** Compressed, in chunks below the item limit, from chunk `firstChunk` on. */
  savePiece(
    ref: SnapshotRef,
    firstChunk: number,
    pages: readonly SomeListings[],
  ): Promise<{ readonly piece: Piece; readonly bytes: number }>;
  /** Lets go of a snapshot that is not whole yet, with what is left of it. False: somebody else has it in hand. */
  cutOff(of: ClusterRef, unfinished: Unfinished, holder: string): Promise<boolean>;
  /** Lets go of a snapshot that will never be whole, and keeps why. False: somebody else has it in hand. */
  fail(of: ClusterRef, failure: SnapshotFailure, holder: string): Promise<boolean>;
  /** The last that was given up, whatever came after it. */
  failure(of: ClusterRef): Promise<SnapshotFailure | undefined>;
  /** Deletes pieces that no header will ever name. */
  discard(ref: SnapshotRef, pieces: readonly Piece[]): Promise<void>;
  /** The pages of pieces, checked against their digests. */
  pages(ref: SnapshotRef, pieces: readonly Piece[]): Promise<readonly SomeListings[]>;
  /** Writes the header in the place of what was in hand. False: somebody else has it in hand, and nothing was written. */
  finish(of: ClusterRef, header: SnapshotHeader, holder: string): Promise<boolean>;
  /** Whole snapshots, the newest first. */
  headers(of: ClusterRef): Promise<readonly SnapshotHeader[]>;
  header(ref: SnapshotRef): Promise<SnapshotHeader | undefined>;
  /** Lets a snapshot expire some time after `at` (ms), unless something refers to it by now. */
  expire(of: ClusterRef, header: SnapshotHeader, at: number): Promise<void>;
  /** A plan or gate refers to it: it does not expire. False: it is not there. */
  keep(ref: SnapshotRef, reason: string): Promise<boolean>;
}
