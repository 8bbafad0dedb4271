import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  emptyLagWindow,
  foldLag,
  judgeLag,
  type LagReading,
  type LagWindow,
  lagWindowSchema,
} from "#core/rule/lag-rule.ts";

const rule = { kind: "lag", maxLagRecords: 100, forSeconds: 10 } as const;
const GAP = 3000;
const fold = (readings: readonly LagReading[], from: LagWindow = emptyLagWindow): LagWindow =>
  readings.reduce((window, reading) => foldLag(window, reading, rule, GAP), from);
const judge = (readings: readonly LagReading[], now: number) => judgeLag(fold(readings), "ledger", rule, now, GAP);
const eachSecond = (from: number, to: number, lagRecords: bigint): LagReading[] =>
  Array.from({ length: to - from + 1 }, (_, i) => ({ at: (from + i) * 1000, lagRecords }));

describe("the lag rule", () => {
  it("is breached once the lag was above its threshold for its duration, and says of whom, how much and since when", () => {
    expect(judge(eachSecond(1, 10, 101n), 10_000)).toMatchObject({
      verdict: "clear",
      reason: expect.stringContaining("not yet for 10 s"),
    });
    expect(judge(eachSecond(1, 11, 101n), 11_000)).toEqual({
      verdict: "breached",
      since: 1000,
      reason:
        "group ledger is 101 records behind on the target, and has been more than 100 behind since 1970-01-01T00:00:01.000Z, for 10 s and more",
    });
  });

  it("is clear at its threshold, and counts anew after one reading below", () => {
    expect(judge(eachSecond(1, 30, 100n), 30_000).verdict).toBe("clear");
    const dipped = [...eachSecond(1, 11, 101n), ...eachSecond(12, 12, 100n), ...eachSecond(13, 22, 101n)];
    expect(judge(dipped, 22_000).verdict).toBe("clear");
    expect(judge([...dipped, ...eachSecond(23, 23, 101n)], 23_000)).toMatchObject({
      verdict: "breached",
      since: 13_000,
    });
  });

  it("is unknown without a reading, with one that failed, and with one that is old, however bad it was before", () => {
    const bad = eachSecond(1, 20, 5000n);
    expect(judge([], 0).verdict).toBe("unknown");
    expect(judge([...bad, { at: 21_000, missing: "the target is away" }], 21_000)).toEqual({
      verdict: "unknown",
      reason: "the lag of group ledger is not known: the target is away",
    });
    expect(judge(bad, 23_001).verdict).toBe("unknown");
  });

  it("goes on over a reading that failed, and begins anew after a gap in what was measured", () => {
    const early = eachSecond(1, 6, 101n);
    const missed: LagReading = { at: 7000, missing: "the target is away" };
    expect(judge([...early, missed, ...eachSecond(8, 11, 101n)], 11_000).verdict).toBe("breached");
    const long = [...early, missed, { at: 9000, missing: "still away" }, ...eachSecond(10, 19, 101n)];
    expect(judge(long, 19_000)).toMatchObject({ verdict: "clear" });
    expect(judge([...long, ...eachSecond(20, 20, 101n)], 20_000)).toMatchObject({ verdict: "breached", since: 10_000 });
  });

  const readings = fc
    .array(
      fc.record({
        wait: fc.integer({ min: 1, max: 4000 }),
        lag: fc.oneof(fc.constant(undefined), fc.bigInt({ min: 90n, max: 400n })),
      }),
      { minLength: 1, maxLength: 60 },
    )
    .map((steps) => {
      let at = 0;
      return steps.map(({ wait, lag }): LagReading => {
        at += wait;
        return lag === undefined ? { at, missing: "away" } : { at, lagRecords: lag };
      });
    });

  it("takes each reading once, in order: twice or late changes nothing; and it survives being stored", () => {
    fc.assert(
      fc.property(readings, fc.infiniteStream(fc.nat()), (inOrder, picks) => {
        const repeated = inOrder.flatMap((reading, i) => {
          const earlier = inOrder[picks.next().value % (i + 1)];
          return earlier === undefined ? [reading] : [reading, earlier, reading];
        });
        const window = fold(inOrder);
        expect(fold(repeated)).toEqual(window);
        expect(lagWindowSchema.parse(JSON.parse(JSON.stringify(window)))).toEqual(window);
      }),
    );
  });

  it("says what the whole history says: breached exactly while an unbroken run above the threshold lasts long enough", () => {
    const stretched = readings.chain((list) => fc.constantFrom(list, list.map(aboveAlways)));
    fc.assert(
      fc.property(stretched, fc.integer({ min: 0, max: 4000 }), (list, later) => {
        const last = list.at(-1);
        if (last === undefined) return;
        const now = last.at + later;
        expect(judge(list, now).verdict).toBe(fromHistory(list, now));
      }),
      { numRuns: 500 },
    );
  });
});

/** Dense and high, so that long runs are drawn too. */
const aboveAlways = (reading: LagReading, index: number): LagReading =>
  "missing" in reading ? { ...reading, at: (index + 1) * 900 } : { at: (index + 1) * 900, lagRecords: 101n };

/** The rule told from all readings at once, backwards. */
function fromHistory(list: readonly LagReading[], now: number): string {
  const last = list.at(-1);
  if (last === undefined || "missing" in last || now - last.at > GAP) return "unknown";
  let first: number | undefined;
  let next = last.at;
  for (const reading of list.toReversed()) {
    if ("missing" in reading) continue;
    if (reading.lagRecords <= 100n || next - reading.at > GAP) break;
    first = reading.at;
    next = reading.at;
  }
  return first !== undefined && last.at - first >= 10_000 ? "breached" : "clear";
}
