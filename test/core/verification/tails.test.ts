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
