import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { offsetOn } from "#core/kafka/offset.ts";
import { recordIdentity } from "#core/kafka/record-identity.ts";
import { translate } from "#core/offsets/translate.ts";
import type { ProvedThrough, TranslationRequest } from "#core/offsets/translation.ts";
import { drive } from "../../in-memory/drive.ts";
import { InMemoryLog } from "../../in-memory/in-memory-log.ts";
import { type MirroredLogs, mirroredLogs } from "./mirrored-logs.ts";

const topic = { cleanupPolicy: "delete", timestampType: "CreateTime" };
const partition = { topic: "orders", partition: 0 };

const requestFor = (
  source: InMemoryLog<"source">,
  target: InMemoryLog<"target">,
  committed: bigint,
  frontier: bigint,
): TranslationRequest<"source", "target"> => ({
  partition,
  committed: offsetOn<"source">(committed),
  frontier: offsetOn<"source">(frontier),
  from: { ends: source.ends(), topic },
  to: { ends: target.ends(), topic },
});

const translated = (
  source: InMemoryLog<"source">,
  target: InMemoryLog<"target">,
  committed: bigint,
  frontier: bigint,
  proved?: ProvedThrough<"source", "target">,
) =>
  drive(
    translate({ ...requestFor(source, target, committed, frontier), ...(proved === undefined ? {} : { proved }) }),
    source,
    target,
  );

const identities = (log: InMemoryLog<"source"> | InMemoryLog<"target">, from: bigint): string[] =>
  log.visible(from).map(recordIdentity);

const isPrefix = (part: readonly string[], whole: readonly string[]): boolean =>
  part.every((item, index) => whole[index] === item);

/** Whether every item of `part` comes in `whole`, in order: what a reader of `whole` must get. */
const isContainedInOrder = (part: readonly string[], whole: readonly string[]): boolean => {
  let index = 0;
  for (const item of whole) if (item === part[index]) index += 1;
  return index === part.length;
};

const everyCommit = (logs: MirroredLogs): bigint[] => {
  const { logStart, highWatermark } = logs.source.ends();
  return Array.from({ length: Number(highWatermark - logStart) + 1 }, (_, n) => logStart + BigInt(n));
};

/** The records of the source from the commit on that the target holds by now. */
const owed = ({ source, offsets, ranks }: MirroredLogs, committed: bigint): string[] => {
  const mirrored = offsets[ranks.reduce((most, rank) => Math.max(most, rank), -1)];
  return source
    .visible(committed)
    .filter((record) => mirrored !== undefined && record.offset <= mirrored)
    .map(recordIdentity);
};

const checkNeverSkips = (logs: MirroredLogs, committed: bigint, proved?: ProvedThrough<"source", "target">): void => {
  const { source, target, frontier } = logs;
  const { result } = translated(source, target, committed, frontier, proved);
  const before = source.visible().findLast((record) => record.offset < committed);
  if (before !== undefined && before.offset >= frontier) {
    expect(result).toMatchObject({ kind: "wait", until: before.offset + 1n });
    return;
  }
  if (result.kind !== "exact" && result.kind !== "exact-with-repeats")
    throw new Error(
      `expected a position, got ${JSON.stringify(result, (_, v) => (typeof v === "bigint" ? `${v}` : v))}`,
    );
  const rest = identities(target, result.offset);
  expect(isContainedInOrder(owed(logs, committed), rest)).toBe(true);
  if (result.kind === "exact") expect(isPrefix(rest, identities(source, committed))).toBe(true);
};

const small = { pieces: 12, largestRun: 8, crashes: 3 };

describe("every commit of every mirrored log", () => {
  test("is translated to where nothing is skipped, and exact means exactly the rest", () => {
    fc.assert(
      fc.property(mirroredLogs({ ...small, isFrozen: false }), (logs) => {
        for (const committed of everyCommit(logs)) checkNeverSkips(logs, committed);
      }),
      { numRuns: 800 },
    );
  });

  test("repeats no more than any position must, once the source stands still", () => {
    fc.assert(
      fc.property(mirroredLogs({ ...small, isFrozen: true }), (logs) => {
        const { source, target, frontier } = logs;
        for (const committed of everyCommit(logs)) {
          const { result } = translated(source, target, committed, frontier);
          if (result.kind !== "exact" && result.kind !== "exact-with-repeats") throw new Error(result.kind);
          const rest = identities(target, result.offset);
          const wanted = identities(source, committed);
          expect(isContainedInOrder(wanted, rest)).toBe(true);
          expect(result.kind === "exact" ? 0 : result.repeats).toBe(rest.length - wanted.length);
          // The next later position would skip.
          if (wanted.length > 0) expect(isContainedInOrder(wanted, rest.slice(1))).toBe(false);
          else expect(rest).toEqual([]);
        }
      }),
      { numRuns: 800 },
    );
  });

  test("survives what retention deleted on the source, and a mirror without crashes is never said to repeat", () => {
    fc.assert(
      fc.property(mirroredLogs({ ...small, crashes: 0, isFrozen: true }), fc.nat(60), (logs, deleted) => {
        logs.source.deleteBefore(logs.source.ends().logStart + BigInt(deleted));
        for (const committed of everyCommit(logs)) {
          const { result } = translated(logs.source, logs.target, committed, logs.frontier);
          expect(result.kind).toBe("exact");
          if (result.kind === "exact") expect(identities(logs.target, result.offset)).toEqual(owed(logs, committed));
        }
      }),
      { numRuns: 800 },
    );
  });

  test("is refused, not guessed, where the target deleted what the group still needs", () => {
    fc.assert(
      fc.property(mirroredLogs({ ...small, isFrozen: true }), fc.nat(60), (logs, deleted) => {
        logs.target.deleteBefore(BigInt(deleted));
        for (const committed of everyCommit(logs)) {
          const { result } = translated(logs.source, logs.target, committed, logs.frontier);
          const wanted = identities(logs.source, committed);
          if (result.kind === "exact" || result.kind === "exact-with-repeats") {
            const rest = identities(logs.target, result.offset);
            expect(isContainedInOrder(wanted, rest)).toBe(true);
            expect(result.kind === "exact" ? 0 : result.repeats).toBe(rest.length - wanted.length);
          } else {
            expect(result.kind).toBe("unresolved");
            expect(isContainedInOrder(wanted, identities(logs.target, 0n))).toBe(false);
          }
        }
      }),
      { numRuns: 800 },
    );
  });

  test("gets the same answer from what the mirror's comparison has proved, for fewer reads", () => {
    let shortened = 0;
    fc.assert(
      fc.property(
        mirroredLogs({ fewestPieces: 150, pieces: 200, largestRun: 40, crashes: 1, isFrozen: true }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 100 }),
        (logs, provedPart, commitPart) => {
          const { source, target, offsets, ranks, frontier } = logs;
          const position = Math.floor((provedPart * ranks.length) / 100);
          const most = ranks.slice(0, position).reduce((max, rank) => Math.max(max, rank), -1);
          const repeat = ranks.findLastIndex((rank, at) => at < position && ranks.indexOf(rank) < at);
          const next = offsets[most + 1] ?? source.end;
          const proved = {
            fromOffset: offsetOn<"source">(next),
            toOffset: offsetOn<"target">(BigInt(position)),
            ...(repeat < 0 ? {} : { lastRepeatAt: offsetOn<"target">(BigInt(repeat)) }),
          };
          const { logStart, highWatermark } = source.ends();
          const committed = logStart + BigInt(Math.floor((commitPart * Number(highWatermark - logStart)) / 100));
          const { result } = translated(source, target, committed, frontier, proved);
          const { result: whole } = translated(source, target, committed, frontier);
          expect({ ...result, basis: undefined }).toEqual({ ...whole, basis: undefined });
          if (result.kind === "exact" && result.basis.method === "equal-then-proved") {
            shortened += 1;
            expect(whole).toMatchObject({ basis: { recordsAhead: result.basis.recordsAhead } });
          }
        },
      ),
      { numRuns: 200 },
    );
    expect(shortened).toBeGreaterThan(10);
  });
});

describe("a commit", () => {
  const filled = (count: number): { source: InMemoryLog<"source">; target: InMemoryLog<"target"> } => {
    const source = new InMemoryLog<"source">();
    const target = new InMemoryLog<"target">();
    for (let n = 0; n < count; n += 1) {
      source.append(`record ${n}`, BigInt(n));
      target.append(`record ${n}`, BigInt(n));
    }
    return { source, target };
  };

  test("in the last copy of a replayed batch repeats nothing, before it exactly the batch", () => {
    const { source } = filled(200);
    const target = new InMemoryLog<"target">();
    for (const [from, until] of [
      [0, 120],
      [50, 200],
    ] as const)
      for (let n = from; n < until; n += 1) target.append(`record ${n}`, BigInt(n));
    expect(translated(source, target, 60n, 200n).result).toMatchObject({ kind: "exact", offset: 130n });
    expect(translated(source, target, 40n, 200n).result).toMatchObject({
      kind: "exact-with-repeats",
      offset: 40n,
      repeats: 70,
    });
    expect(translated(source, target, 200n, 200n).result).toMatchObject({ kind: "exact", offset: 270n });
  });

  test("in a run of identical records is placed by rank", () => {
    const source = new InMemoryLog<"source">();
    const target = new InMemoryLog<"target">();
    for (let n = 0; n < 5000; n += 1) {
      source.append("same", 7n);
      if (n % 10 === 9) source.append("marker", 7n, "control");
      target.append("same", 7n);
    }
    expect(translated(source, target, 1100n, source.end).result).toMatchObject({ kind: "exact", offset: 1000n });
  });

  test("at an end that is a marker does not wait for a frontier that never comes", () => {
    const { source, target } = filled(10);
    source.append("marker", 10n, "control");
    expect(translated(source, target, 11n, 10n).result).toMatchObject({
      kind: "exact",
      offset: 10n,
      basis: { anchor: "predecessor" },
    });
  });

  test("of an empty partition, and of one whose records all were deleted, goes to the other end", () => {
    const empty = { source: new InMemoryLog<"source">(), target: new InMemoryLog<"target">() };
    expect(translated(empty.source, empty.target, 0n, 0n).result).toMatchObject({
      kind: "exact",
      offset: 0n,
      basis: { anchor: "empty" },
    });
    const { source, target } = filled(10);
    source.deleteBefore(10n);
    expect(translated(source, target, 10n, 10n).result).toMatchObject({ kind: "exact", offset: 10n });
  });

  test("at log start after retention begins at the first record that is left", () => {
    const { source, target } = filled(10);
    source.deleteBefore(4n);
    expect(translated(source, target, 4n, 10n).result).toMatchObject({
      kind: "exact",
      offset: 4n,
      basis: { anchor: "first" },
    });
  });

  test("below log start is the owner's decision", () => {
    const { source, target } = filled(10);
    source.deleteBefore(4n);
    expect(translated(source, target, 3n, 10n).result).toEqual({
      kind: "unresolved",
      reason: "the commit 3 of orders/0 is below log start 4: records the group has not processed were deleted",
      cure: 'the group\'s owner decides: reset it to 4 or later, or give it plan "reset-earliest" or "reset-latest"',
    });
  });

  test("beyond the log's end is refused", () => {
    const { source, target } = filled(10);
    expect(translated(source, target, 11n, 10n).result).toMatchObject({ kind: "unresolved" });
  });

  test("behind an open transaction waits for it", () => {
    const { source } = filled(10);
    const { target } = filled(6);
    source.openTransactionAt(6n);
    expect(translated(source, target, 8n, 6n).result).toMatchObject({ kind: "wait", until: 8n });
    expect(translated(source, target, 6n, 6n).result).toMatchObject({ kind: "exact", offset: 6n });
  });

  test("after a record the mirror has lost names that record", () => {
    const { source } = filled(10);
    const target = new InMemoryLog<"target">();
    for (const n of [0, 1, 2, 3, 4, 6, 7, 8, 9]) target.append(`record ${n}`, BigInt(n));
    const { result } = translated(source, target, 3n, 10n);
    expect(result).toMatchObject({ kind: "unresolved" });
    if (result.kind === "unresolved") expect(result.reason).toContain("record 5 of orders/0");
  });

  test.each([
    [{ ...topic, cleanupPolicy: "compact,delete" }, topic, "cleanup.policy compact,delete on the from side"],
    [topic, { ...topic, timestampType: "LogAppendTime" }, "message.timestamp.type LogAppendTime on the to side"],
  ])("of a topic whose records content and time do not identify is unresolved", (fromTopic, toTopic, words) => {
    const { source, target } = filled(10);
    const request = requestFor(source, target, 5n, 10n);
    const { result, reads } = drive(
      translate({ ...request, from: { ...request.from, topic: fromTopic }, to: { ...request.to, topic: toTopic } }),
      source,
      target,
    );
    expect(reads).toEqual([]);
    expect(result).toMatchObject({ kind: "unresolved" });
    if (result.kind === "unresolved") expect(result.reason).toContain(words);
  });

  test("that lags little costs six requests", () => {
    const { source, target } = filled(50_000);
    const { reads, result } = translated(source, target, 49_950n, 50_000n);
    expect(result).toMatchObject({
      kind: "exact",
      offset: 49_950n,
      basis: { method: "equal", recordsAhead: 50, requests: 6 },
    });
    expect(reads).toHaveLength(6);
  });

  test("that lags much costs little where the comparison has proved the rest", () => {
    const { source, target } = filled(50_000);
    const proved = { fromOffset: offsetOn<"source">(49_900n), toOffset: offsetOn<"target">(49_900n) };
    const { result } = translated(source, target, 1000n, 50_000n, proved);
    expect(result).toMatchObject({
      kind: "exact",
      offset: 1000n,
      basis: { method: "equal-then-proved", recordsAhead: 49_000 },
    });
    if (result.kind === "exact") expect(result.basis.recordsRead).toBeLessThan(4000);
  });
});
