import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { keepUpReading } from "#core/replication/keep-up.ts";
import {
  emptyWindow,
  foldWindow,
  judgeWindow,
  type ObservationWindow,
  observationWindowSchema,
  type Reading,
} from "#core/replication/observation-window.ts";

const limits = { windowMilliseconds: 10_000, minSamples: 5, sampleGapMilliseconds: 3000 };
const fold = (readings: readonly Reading[], from: ObservationWindow = emptyWindow) =>
  readings.reduce((window, reading) => foldWindow(window, reading, limits), from);
const good = (...at: number[]): Reading[] => at.map((a) => ({ at: a, kind: "good" }));
const eachSecond = (from: number, to: number) =>
  good(...Array.from({ length: to - from + 1 }, (_, i) => (from + i) * 1000));

describe("a window", () => {
  it("passes when samples were good all the time", () => {
    expect(judgeWindow(fold(eachSecond(1, 11)), 11_000, limits).verdict).toBe("pass");
  });

  it("is unknown without a sample, with too few, and when the last is too old", () => {
    expect(judgeWindow(emptyWindow, 0, limits).verdict).toBe("unknown");
    expect(judgeWindow(fold(good(1000, 4000, 7000, 10_000)), 10_000, limits)).toMatchObject({
      verdict: "unknown",
      reason: expect.stringContaining("4 samples of at least 5"),
    });
    expect(judgeWindow(fold(eachSecond(1, 20)), 24_000, limits).verdict).toBe("unknown");
  });

  it("holds while it is shorter than asked, however many samples there are", () => {
    expect(judgeWindow(fold(eachSecond(1, 10)), 10_000, limits).verdict).toBe("hold");
  });

  it("does not count the time since the last sample", () => {
    expect(judgeWindow(fold(eachSecond(1, 10)), 12_900, limits).verdict).toBe("hold");
  });

  it("starts again after a bad sample and says why, also when it is good again", () => {
    const broken = fold([...eachSecond(1, 11), { at: 12_000, kind: "bad", reason: "orders/0 is late" }]);
    expect(judgeWindow(broken, 12_000, limits)).toEqual({ verdict: "hold", reason: "orders/0 is late" });
    const again = fold(eachSecond(13, 20), broken);
    expect(again).toMatchObject({ goodSince: 13_000, samples: 8, restarts: 1 });
    expect(judgeWindow(again, 20_000, limits)).toMatchObject({
      verdict: "hold",
      reason: expect.stringContaining("orders/0 is late"),
    });
  });

  it("starts again after a gap, and is unknown while nothing can be measured", () => {
    const gap = fold([...eachSecond(1, 11), ...good(15_000)]);
    expect(gap).toMatchObject({
      goodSince: 15_000,
      samples: 1,
      restarts: 1,
      lastRestart: { reason: "no sample for 4 s, more than 3 s" },
    });
    const missing = fold([...eachSecond(1, 11), { at: 12_000, kind: "missing", reason: "source unreachable" }]);
    expect(judgeWindow(missing, 12_000, limits)).toEqual({ verdict: "unknown", reason: "source unreachable" });
  });

  it("takes each sample once: twice or late changes nothing", () => {
    const readings = fc.array(
      fc.record({
        wait: fc.integer({ min: 1, max: 4000 }),
        kind: fc.constantFrom("good" as const, "bad" as const, "missing" as const),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(readings, fc.infiniteStream(fc.nat()), (steps, picks) => {
        let at = 0;
        const inOrder = steps.map(({ wait, kind }): Reading => {
          at += wait;
          return kind === "good" ? { at, kind } : { at, kind, reason: "r" };
        });
        const repeated = inOrder.flatMap((reading, i) => {
          const earlier = inOrder[picks.next().value % (i + 1)];
          return earlier === undefined ? [reading] : [reading, earlier, reading];
        });
        const window = fold(inOrder);
        expect(fold(repeated)).toEqual(window);
        expect(observationWindowSchema.parse(JSON.parse(JSON.stringify(window)))).toEqual(window);
      }),
    );
  });

  it("passes exactly when the last unbroken run of good samples is long and dense enough", () => {
    const steps = fc.array(fc.record({ wait: fc.integer({ min: 200, max: 3600 }), isGood: fc.boolean() }), {
      minLength: 1,
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        fc.oneof(
          steps,
          steps.map((list) => list.map((s) => ({ ...s, isGood: true }))),
        ),
        (list) => {
          let at = 0;
          let run: number[] = [];
          const readings = list.map(({ wait, isGood }): Reading => {
            at += wait;
            run = isGood ? [...(wait > limits.sampleGapMilliseconds ? [] : run), at] : [];
            return isGood ? { at, kind: "good" } : { at, kind: "bad", reason: "r" };
          });
          const isLong = run.length >= limits.minSamples && at - (run[0] ?? at) >= limits.windowMilliseconds;
          expect(judgeWindow(fold(readings), at, limits).verdict === "pass").toBe(isLong);
        },
      ),
    );
  });
});

describe("keep-up", () => {
  it("is bad where a group is beyond its own limit, and missing where one was not measured", () => {
    const ledger = { group: "ledger", lagRecords: 11n, maxLagRecords: 10 };
    const audit = { group: "audit", lagRecords: 1000n, maxLagRecords: 1000 };
    expect(keepUpReading(1, [audit])).toEqual({ at: 1, kind: "good" });
    expect(keepUpReading(1, [ledger, audit])).toMatchObject({
      kind: "bad",
      reason: "group ledger is 11 records behind, more than 10",
    });
    expect(keepUpReading(1, [ledger, { ...audit, lagRecords: undefined }])).toMatchObject({
      kind: "missing",
      reason: "no lag was measured of audit",
    });
  });
});
