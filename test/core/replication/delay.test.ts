import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { delayMilliseconds, foldDelay, type PartitionDelay, partitionDelaySchema } from "#core/replication/delay.ts";

type Step = { readonly at: number; readonly end: bigint; readonly through: bigint };

/** Ends and positions that only rise, the mirror never past the end. */
const histories = fc
  .array(
    fc.record({
      wait: fc.integer({ min: 1, max: 5000 }),
      written: fc.integer({ min: 0, max: 50 }),
      mirrored: fc.integer({ min: 0, max: 60 }),
    }),
    {
      minLength: 1,
      maxLength: 120,
    },
  )
  .map((moves) => {
    const steps: Step[] = [];
    let at = 1000;
    let end = 0n;
    let through = 0n;
    for (const { wait, written, mirrored } of moves) {
      at += wait;
      end += BigInt(written);
      through = through + BigInt(mirrored) > end ? end : through + BigInt(mirrored);
      steps.push({ at, end, through });
    }
    return steps;
  });

const folded = (steps: readonly Step[]): PartitionDelay | undefined =>
  steps.reduce<PartitionDelay | undefined>((state, step) => foldDelay(state, step), undefined);

/** The definition, read off the whole history. */
const byDefinition = (steps: readonly Step[]): number | undefined => {
  const last = steps.at(-1);
  const reached = steps.filter((step) => step.end <= (last?.through ?? 0n));
  const latest = reached.at(-1);
  return last === undefined || latest === undefined ? undefined : last.at - latest.at;
};

describe("delay", () => {
  it("of a fold is what the definition says of the whole history", () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const delay = folded(steps);
        expect(delay && delayMilliseconds(delay, steps.at(-1)?.at ?? 0)).toBe(byDefinition(steps));
      }),
    );
  });

  it("survives being stored between any two samples", () => {
    fc.assert(
      fc.property(histories, (steps) => {
        const stored = steps.reduce<PartitionDelay | undefined>(
          (state, step) => partitionDelaySchema.parse(JSON.parse(JSON.stringify(foldDelay(state, step)))),
          undefined,
        );
        expect(stored).toEqual(folded(steps));
      }),
    );
  });

  it("keeps a bounded number of ends behind a mirror that stands still, and never looks shorter for it", () => {
    const stuck = Array.from({ length: 5000 }, (_, i) => ({ at: i * 1000, end: BigInt(i * 10), through: 0n }));
    const delay = folded(stuck);
    expect(delay?.pending.length).toBeLessThanOrEqual(256);
    const onwards = [...stuck, { at: 5_000_000, end: 49_990n, through: 25_000n }];
    const later = folded(onwards);
    const shown = later && delayMilliseconds(later, 5_000_000);
    expect(shown).toBeGreaterThanOrEqual(byDefinition(onwards) ?? Number.POSITIVE_INFINITY);
    expect(shown).toBeLessThan(5_000_000);
  });

  it("has no bound until the mirror has reached an end, and again when the mirror went back", () => {
    const begun = foldDelay(undefined, { at: 0, end: 100n, through: 40n });
    expect(delayMilliseconds(begun, 9000)).toBeUndefined();
    const caughtUp = foldDelay(begun, { at: 1000, end: 120n, through: 100n });
    expect(delayMilliseconds(caughtUp, 1000)).toBe(1000);
    expect(delayMilliseconds(foldDelay(caughtUp, { at: 2000, end: 120n, through: 90n }), 2000)).toBeUndefined();
  });

  it("is exact beyond 2^53", () => {
    const big = 2n ** 60n;
    const begun = foldDelay(undefined, { at: 0, end: big + 1n, through: big });
    expect(delayMilliseconds(begun, 5)).toBeUndefined();
    expect(delayMilliseconds(foldDelay(begun, { at: 5, end: big + 1n, through: big + 1n }), 5)).toBe(0);
  });
});
