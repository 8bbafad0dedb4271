import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type OffsetOn, offsetOn, type Side } from "#core/kafka/offset.ts";
import { recordIdentity } from "#core/kafka/record-identity.ts";
import {
  beginMirrorCursor,
  foldMirror,
  loadedMirrorCursor,
  type MirrorCursor,
  type MirrorFinding,
  type NextRecords,
  provedThrough,
  storedMirrorCursor,
} from "#core/verification/mirror-cursor.ts";
import { InMemoryLog } from "../../in-memory/in-memory-log.ts";
import { mirroredLogs } from "../offsets/mirrored-logs.ts";

type Compared = { readonly cursor: MirrorCursor<"source", "target">; readonly findings: readonly MirrorFinding[] };

const slice = <S extends Side>(log: InMemoryLog<S>, from: OffsetOn<S>, limit: number): NextRecords<S> => {
  const rest = log.visible(from);
  const cut = rest[limit];
  return cut === undefined
    ? { records: rest, next: log.ends().lastStable, isEnd: true }
    : { records: rest.slice(0, limit), next: cut.offset, isEnd: false };
};

/** Folds both logs to their ends in slices of these sizes, storing and loading the cursor in between as the wave's items do. */
const compareWhole = (
  source: InMemoryLog<"source">,
  target: InMemoryLog<"target">,
  frontier: bigint,
  sizes: { readonly source: number; readonly target: number },
): Compared => {
  let cursor = beginMirrorCursor(source.ends().logStart, target.ends().logStart);
  const findings: MirrorFinding[] = [];
  for (;;) {
    const upstream = slice(source, cursor.fromOffset, sizes.source);
    const downstream = slice(target, cursor.toOffset, sizes.target);
    let step = foldMirror(cursor, upstream, downstream, offsetOn<"source">(frontier));
    if (step.needsRecent) {
      const recent = new Set(source.visible(cursor.since, cursor.fromOffset).map(recordIdentity));
      step = foldMirror(cursor, upstream, downstream, offsetOn<"source">(frontier), recent);
    }
    findings.push(...step.findings);
    const stored: unknown = JSON.parse(JSON.stringify(storedMirrorCursor(step.cursor)));
    const next = loadedMirrorCursor<"source", "target">(stored);
    expect(next).toEqual(step.cursor);
    if (next.fromOffset === cursor.fromOffset && next.toOffset === cursor.toOffset) return { cursor: next, findings };
    cursor = next;
  }
};

const sizes = fc.record({ source: fc.integer({ min: 1, max: 9 }), target: fc.integer({ min: 1, max: 9 }) });
const small = { pieces: 12, largestRun: 8, crashes: 3 };

describe("comparing a mirror", () => {
  test("finds nothing but its repeats, and counts them, however it is sliced", () => {
    fc.assert(
      fc.property(
        mirroredLogs({ ...small, isFrozen: true }),
        sizes,
        ({ source, target, offsets, ranks, frontier }, sliced) => {
          const { cursor, findings } = compareWhole(source, target, frontier, sliced);
          expect(findings.filter((finding) => finding.kind !== "repeated")).toEqual([]);
          expect(cursor).toMatchObject({
            matched: offsets.length,
            repeated: ranks.length - offsets.length,
            foreign: 0,
            missing: 0,
            fromOffset: source.end,
            toOffset: target.end,
          });
          expect(findings.reduce((sum, finding) => sum + finding.records, 0)).toBe(cursor.repeated);
          expect(cursor.lastRepeatAt === undefined).toBe(cursor.repeated === 0);
          expect(provedThrough(cursor)).toMatchObject({ fromOffset: source.end, toOffset: target.end });
        },
      ),
      { numRuns: 1500 },
    );
  });

  test("of a mirror that lags finds nothing wrong with what is not mirrored yet", () => {
    fc.assert(
      fc.property(mirroredLogs({ ...small, isFrozen: false }), sizes, ({ source, target, ranks, frontier }, sliced) => {
        const { cursor } = compareWhole(source, target, frontier, sliced);
        expect(cursor).toMatchObject({ foreign: 0, missing: 0, toOffset: target.end });
        expect(cursor.matched + cursor.repeated).toBe(ranks.length);
      }),
      { numRuns: 1000 },
    );
  });

  test("names each foreign record, wherever it stands", () => {
    fc.assert(
      fc.property(mirroredLogs({ ...small, isFrozen: true }), sizes, fc.nat(200), (logs, sliced, place) => {
        const { source, offsets, ranks, frontier } = logs;
        const target = new InMemoryLog<"target">();
        const at = place % (ranks.length + 1);
        for (const [index, record] of logs.target.visible().entries()) {
          if (index === at) target.append("from elsewhere", 5_000n);
          target.append(record.fingerprint, record.timestamp);
        }
        if (at === ranks.length) target.append("from elsewhere", 5_000n);
        const { cursor, findings } = compareWhole(source, target, frontier, sliced);
        expect(findings.filter((finding) => finding.kind !== "repeated")).toEqual([
          { kind: "foreign", firstOffset: BigInt(at), lastOffset: BigInt(at), records: 1 },
        ]);
        expect(cursor.matched).toBe(offsets.length);
        expect(provedThrough(cursor)).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test("names a record that the mirror has lost, in the middle and at the end", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(39), (count, place) => {
        const source = new InMemoryLog<"source">();
        const target = new InMemoryLog<"target">();
        const lost = place % count;
        for (let n = 0; n < count; n += 1) {
          source.append(`record ${n}`, BigInt(n));
          if (n !== lost) target.append(`record ${n}`, BigInt(n));
        }
        const { cursor, findings } = compareWhole(source, target, source.end, { source: 50, target: 50 });
        expect(findings).toEqual([
          { kind: "missing", firstOffset: BigInt(lost), lastOffset: BigInt(lost), records: 1 },
        ]);
        expect(cursor).toMatchObject({ matched: count - 1, missing: 1, foreign: 0 });
      }),
    );
  });

  test("tells one lost record of a run of identical ones", () => {
    const source = new InMemoryLog<"source">();
    const target = new InMemoryLog<"target">();
    for (let n = 0; n < 10; n += 1) source.append("same", 1n);
    for (let n = 0; n < 9; n += 1) target.append("same", 1n);
    expect(compareWhole(source, target, 9n, { source: 4, target: 4 }).cursor).toMatchObject({ missing: 0 });
    expect(compareWhole(source, target, 10n, { source: 4, target: 4 }).cursor).toMatchObject({ missing: 1 });
  });

  test("refuses a stored value that is not a cursor", () => {
    expect(() => loadedMirrorCursor({ fromOffset: "1" })).toThrow();
  });
});
