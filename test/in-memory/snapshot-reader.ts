import type { SnapshotHeader } from "#core/inventory/kept.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { EstateDeps } from "#use-cases/known-estate.ts";

/** Whole snapshots, to be read. */
export const snapshotReader = (snapshots: readonly Snapshot[]): EstateDeps["snapshots"] => {
  const headerOf = ({ id, startedAt, endedAt }: Snapshot): SnapshotHeader => ({
    id,
    startedAt,
    endedAt,
    isDaily: true,
    keptFor: [],
    pieces: [{ firstChunk: 0, chunks: 1, digest: "" }],
    storedBytes: 1,
    counts: {},
  });
  const of = ({ migration, side }: Pick<Snapshot, "migration" | "side">) =>
    snapshots
      .filter((one) => one.migration === migration && one.side === side)
      .toSorted((a, b) => b.startedAt - a.startedAt);
  return {
    headers: async (ref) => of(ref).map(headerOf),
    header: async (ref) =>
      of(ref)
        .filter(({ id }) => id === ref.id)
        .map(headerOf)[0],
    pages: async (ref) =>
      of(ref)
        .filter(({ id }) => id === ref.id)
        .map(({ listings }) => listings),
  };
};
