import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import { compareTails, type Tail } from "#core/verification/tails.ts";

/** One record per letter, the offset counting from `start`. */
const tail = <S extends Side>(letters: string, isWhole: boolean, start = 0): Tail<S> => ({
  isWhole,
  records: [...letters].map((fingerprint, index) => ({
    fingerprint,
    timestamp: 1n,
    offset: offsetOn<S>(BigInt(start + index)),
  })),
});

describe("two tails", () => {
  test.each([
    ["the same", tail<"source">("abc", false), tail<"target">("zabc", false), { kind: "equal" }],
    ["a repeat in between", tail<"source">("abc", false), tail<"target">("ababc", false), { kind: "equal" }],
    ["both empty", tail<"source">("", true), tail<"target">("", true), { kind: "equal" }],
    ["the source emptied by retention", tail<"source">("", true), tail<"target">("abc", true), { kind: "equal" }],
    [
      "invisible records only, so far",
      tail<"source">("", false),
      tail<"target">("abc", true),
      { kind: "more", of: "from" },
    ],
    [
      "an identical run without a beginning",
      tail<"source">("xxx", false),
      tail<"target">("xxx", false),
      { kind: "more", of: "from" },
    ],
    [
      "an identical run not counted to its beginning",
      tail<"source">("axxx", false),
      tail<"target">("xxx", false),
      { kind: "more", of: "to" },
    ],
    [
      "an identical run with its beginning",
      tail<"source">("axxx", false),
      tail<"target">("axxx", false),
      { kind: "equal" },
    ],
  ] as const)("with %s", (_, from, to, expected) => {
    expect(compareTails(from, to)).toEqual(expected);
  });

  test.each([
    [
      "one record of an identical run lacking",
      tail<"source">("axxx", true),
      tail<"target">("axx", true),
      "lacks record 1 where its order puts it before 2",
    ],
    [
      "the mirror behind",
      tail<"source">("abc", true),
      tail<"target">("ab", true),
      "ends with record 1, which is not the copy of 2",
    ],
    [
      "nothing mirrored",
      tail<"source">("abc", true),
      tail<"target">("", true),
      "holds nothing, while record 2 ends the other side",
    ],
    [
      "a foreign record at the end",
      tail<"source">("abc", true),
      tail<"target">("abcd", true),
      "ends with record 3, which is not the copy of 2",
    ],
  ] as const)("with %s", (_, from, to, reason) => {
    expect(compareTails(from, to)).toEqual({ kind: "different", reason });
  });
});

/** Whether these letters come in this order among those. */
const isWithin = (letters: string, among: string): boolean => {
  let left = [...letters];
  for (const letter of among) if (letter === left[0]) left = left.slice(1);
  return left.length === 0;
};
const letters = fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 6 }).map((list) => list.join(""));

describe("two tails, where others may have written to the second one", () => {
  test("are equal exactly if the first is contained in order, whatever stands between or behind", () => {
    fc.assert(
      fc.property(letters, letters, (from, to) => {
        const compared = compareTails(tail<"source">(from, true), tail<"target">(to, true), true);
        expect(compared.kind).toBe(isWithin(from, to) ? "equal" : "different");
      }),
      { numRuns: 2_000 },
    );
  });

  test("are never different because of what was not read: a longer tail of the second can only be asked for", () => {
    fc.assert(
      fc.property(letters, letters, (from, to) => {
        fc.pre(from !== "" && to !== "");
        const compared = compareTails(tail<"source">(from, true), tail<"target">(to, false), true);
        expect(compared).toEqual(isWithin(from, to) ? { kind: "equal" } : { kind: "more", of: "to" });
      }),
    );
  });
});
