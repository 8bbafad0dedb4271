import { expect, test } from "vitest";
import { lagOf, partitionsOf } from "#core/inventory/lag.ts";
import { unknown } from "#core/inventory/unknown.ts";
import { group, listing, offset, partition, topic } from "./snapshots.ts";

const partitions = partitionsOf(
  listing([
    topic("orders", {
      partitions: [
        partition(0, { ends: { logStart: offset(50), highWatermark: offset(100) } }),
        partition(1, { ends: unknown("ListOffsets", "broker 2 did not answer") }),
      ],
    }),
  ]),
);
const lag = (n: number, committed: number) =>
  lagOf(
    group("g", { offsets: [{ topic: "orders", partition: n, offset: offset(committed), metadata: "" }] }),
    partitions,
  );

test("lag counts to the high watermark, and what retention took before it was read is lost", () => {
  expect(lag(0, 90)).toEqual([{ topic: "orders", partition: 0, lagRecords: 10n, lostRecords: 0n }]);
  expect(lag(0, 20)).toEqual([{ topic: "orders", partition: 0, lagRecords: 80n, lostRecords: 30n }]);
});

test("an end, a partition or a group that is unknown makes the lag unknown, never 0", () => {
  expect(lag(1, 0)).toMatchObject([{ lagRecords: { unknown: { why: "broker 2 did not answer" } } }]);
  expect(lag(7, 0)).toMatchObject([{ lagRecords: { unknown: { why: expect.stringContaining("not there") } } }]);
  const offsets = unknown("OffsetFetch", "no right", "grant it");
  expect(lagOf(group("g", { offsets }), partitions)).toBe(offsets);
});
