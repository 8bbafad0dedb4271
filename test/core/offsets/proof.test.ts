import { describe, expect, test } from "vitest";
import { offsetOn } from "#core/kafka/offset.ts";
import type { VisibleRecord } from "#core/kafka/visible-record.ts";
import { proof } from "#core/offsets/proof.ts";
import { startingOffset } from "#core/offsets/starting-offset.ts";

const proved = (from: VisibleRecord<"source"> | undefined, to: VisibleRecord<"target"> | undefined) =>
  proof({
    partition: { topic: "orders", partition: 2 },
    committed: offsetOn<"source">(10n),
    translated: offsetOn<"target">(7n),
    frontier: offsetOn<"source">(20n),
    next: { from, to },
  });
const here = (offset: bigint, fingerprint = "a") => ({
  offset: offsetOn<"source">(offset),
  timestamp: 5n,
  fingerprint,
});
const there = (offset: bigint, fingerprint = "a") => ({
  offset: offsetOn<"target">(offset),
  timestamp: 5n,
  fingerprint,
});

describe("a translated position", () => {
  test.each([
    ["the same record is next on both sides", here(11n), there(7n)],
    ["both are at the end", undefined, undefined],
    ["the next record is not mirrored yet", here(20n), undefined],
  ])("is proved where %s", (_, from, to) => {
    expect(proved(from, to)).toEqual({ isProved: true });
  });

  test.each([
    [
      here(11n),
      there(7n, "b"),
      "orders/2: commit 10 was translated to 7, where record 7 (time 5, content b) follows; expected record 11 (time 5, content a)",
    ],
    [
      undefined,
      there(7n),
      "orders/2: commit 10 was translated to 7, where record 7 follows, but nothing follows the commit",
    ],
    [
      here(19n),
      undefined,
      "orders/2: commit 10 was translated to 7, which is the end, but record 19 follows the commit and was mirrored",
    ],
  ])("is refuted with a sentence otherwise", (from, to, because) => {
    expect(proved(from, to)).toEqual({ isProved: false, because });
  });
});

test("a group without a commit begins by its reset policy, at the end it can see", () => {
  const ends = {
    logStart: offsetOn<"source">(2n),
    lastStable: offsetOn<"source">(5n),
    highWatermark: offsetOn<"source">(9n),
  };
  expect(startingOffset("earliest", "read_committed", ends)).toBe(2n);
  expect(startingOffset("latest", "read_committed", ends)).toBe(5n);
  expect(startingOffset("latest", "read_uncommitted", ends)).toBe(9n);
});
