import fc from "fast-check";
import { InMemoryLog } from "../../in-memory/in-memory-log.ts";

/** A source log, and a target log that an at-least-once mirror made of it, with what is true about them. */
export type MirroredLogs = {
  readonly source: InMemoryLog<"source">;
  readonly target: InMemoryLog<"target">;
  /** Source offset by rank of visible record. */
  readonly offsets: readonly bigint[];
  /** For each target record the rank of what it copies. */
  readonly ranks: readonly number[];
  /** Source offset before which everything visible has been mirrored and will not be mirrored again. */
  readonly frontier: bigint;
  readonly hasReplays: boolean;
};

type Piece =
  | { readonly kind: "records"; readonly content: string; readonly times: number; readonly step: number }
  | { readonly kind: "gap"; readonly times: number; readonly step: number };

const piece = (largestRun: number): fc.Arbitrary<Piece> => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constantFrom(0, 0, 1, 3) },
    { weight: 1, arbitrary: fc.constantFrom(-2, -40, 60) },
  );
  return fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("records" as const),
        content: fc.constantFrom("a", "b", "c", ""),
        times: fc.integer({ min: 1, max: largestRun }),
        step,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("gap" as const), times: fc.integer({ min: 1, max: 5 }), step }),
    },
  );
};

/** What one run of the mirror's worker does: sends that many records, of which it has committed a part when it crashes. */
const workerRun = (largest: number) =>
  fc.record({ sends: fc.integer({ min: 0, max: largest }), commits: fc.integer({ min: 0, max: 100 }) });

export const mirroredLogs = (options: {
  readonly fewestPieces?: number;
  readonly pieces: number;
  readonly largestRun: number;
  readonly crashes: number;
  readonly isFrozen: boolean;
}): fc.Arbitrary<MirroredLogs> =>
  fc
    .record({
      base: fc.constantFrom(0n, 7n),
      // While it runs, the target's end was written by the mirror, which gives its batches their right times.
      batches: fc.record({ source: fc.constantFrom(1, 5), target: fc.constantFrom(1, options.isFrozen ? 4 : 1) }),
      pieces: fc.array(piece(options.largestRun), { minLength: options.fewestPieces ?? 0, maxLength: options.pieces }),
      runs: fc.array(workerRun(options.pieces * options.largestRun), { maxLength: options.crashes }),
      last: workerRun(options.pieces * options.largestRun),
    })
    .map(({ base, batches, pieces, runs, last }) => {
      const source = new InMemoryLog<"source">(base, batches.source);
      const target = new InMemoryLog<"target">(0n, batches.target);
      let now = 1_000n;
      let unique = 0;
      for (const each of pieces)
        for (let n = 0; n < each.times; n += 1) {
          now += BigInt(each.step);
          if (each.kind === "gap") source.append("-", now, n % 2 === 0 ? "aborted" : "control");
          else source.append(each.content === "" ? `unique ${(unique += 1)}` : each.content, now);
        }
      const records = source.visible();
      const ranks: number[] = [];
      let committed = 0;
      let reached = 0;
      for (const run of options.isFrozen ? [...runs, { sends: records.length, commits: 100 }] : [...runs, last]) {
        const stop = Math.min(records.length, committed + run.sends);
        for (let rank = committed; rank < stop; rank += 1) {
          const record = records[rank];
          if (record === undefined) throw new Error("rank beyond the source's records");
          target.append(record.fingerprint, record.timestamp);
          ranks.push(rank);
        }
        committed += Math.floor(((stop - committed) * run.commits) / 100);
        reached = Math.max(reached, stop);
      }
      const lastCommitted = records[committed - 1];
      const frontier = options.isFrozen ? source.end : lastCommitted === undefined ? base : lastCommitted.offset + 1n;
      return {
        source,
        target,
        offsets: records.map((record) => record.offset),
        ranks,
        frontier,
        hasReplays: ranks.length > reached,
      };
    });
