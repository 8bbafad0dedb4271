import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { carried } from "#core/offsets/carried.ts";

const at = (identities: readonly string[], base = 100n) =>
  identities.map((identity, index) => ({ identity, offset: base + BigInt(index) }));

describe("what of a tail has come to the other log", () => {
  it("goes on right behind each record that has come, and nowhere behind those that have not", () => {
    expect(carried(["a", "b", "c"], at(["a", "b"]))).toEqual([101n, 102n]);
    expect(carried(["a", "b"], [])).toEqual([]);
    expect(carried([], at(["x"]))).toEqual([]);
  });

  it("passes over a late writer's record and a repeat, and counts equal records as often as they are there", () => {
    expect(carried(["a", "b", "c"], at(["x", "a", "late", "a", "b"]))).toEqual([102n, 105n]);
    expect(carried(["a", "a", "a"], at(["a", "a"]))).toEqual([101n, 102n]);
  });

  const records = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,4}$/), { maxLength: 30 });

  it("is as long a part of the tail as the mirror has written, whatever others wrote in between", () => {
    fc.assert(
      fc.property(records, fc.nat(30), fc.array(fc.tuple(fc.nat(40), fc.constant("Z"))), (tail, count, foreign) => {
        const there = tail.slice(0, count);
        for (const [place, identity] of foreign) there.splice(Math.min(place, there.length), 0, identity);
        const log = at(there);
        const behind = carried(tail, log);
        expect(behind.length).toBe(Math.min(count, tail.length));
        // A group that goes on there has behind it what it has read, and before it the rest.
        for (const [index, offset] of behind.entries())
          expect(
            log.filter((one) => one.offset < offset && one.identity !== "Z").map(({ identity }) => identity),
          ).toEqual(tail.slice(0, index + 1));
      }),
    );
  });
});
