import { expect, test } from "vitest";
import { throughputOf } from "#core/inventory/throughput.ts";
import { unknown } from "#core/inventory/unknown.ts";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import { listing, offset, partition, topic } from "./snapshots.ts";

const at = 1_000_000;
const first = (end: number, sizeBytes: number) =>
  partition(0, { ends: { logStart: offset(0), highWatermark: offset(end) }, sizeBytes });
const swept = (end: number, sizeBytes: number, readAt = at + 10_000) => ({
  readAt,
  partitions: new Map([
    ["orders/0" as PartitionKey, { ends: { logStart: offset(0), highWatermark: offset(end) }, sizeBytes }],
  ]),
});
const of = (end: number, size: number, later = swept(300, 40_000), configs = topic("orders").configs) =>
  throughputOf(listing([topic("orders", { partitions: [first(end, size)], configs })], { readAt: at }), later).items[0];

test("records and bytes by second, and bytes by record, from two sweeps", () => {
  expect(of(200, 30_000)).toEqual({
    topic: "orders",
    seconds: 10,
    recordsPerSecond: 10,
    bytesPerSecond: 1000,
    averageRecordBytes: 40_000 / 300,
  });
  expect(of(0, 0, swept(0, 0))).toMatchObject({ recordsPerSecond: 0, averageRecordBytes: undefined });
});

test("what hides the growth makes it unknown, not negative and not 0", () => {
  const why = (words: string) => ({ unknown: { why: expect.stringContaining(words) } });
  expect(of(200, 50_000)).toMatchObject({ recordsPerSecond: 10, bytesPerSecond: why("deleted") });
  expect(of(400, 30_000)).toMatchObject({ recordsPerSecond: why("made anew") });
  expect(of(200, 30_000, { readAt: at + 10_000, partitions: new Map() })).toMatchObject({
    recordsPerSecond: why("not there"),
    averageRecordBytes: why("not there"),
  });
  expect(of(200, 30_000, swept(300, 40_000, at))).toMatchObject({ recordsPerSecond: why("no time") });
  const compacted = new Map([["cleanup.policy", { value: "compact,delete", origin: "topic" as const }]]);
  expect(of(200, 30_000, swept(300, 40_000), compacted)).toMatchObject({ averageRecordBytes: why("compaction") });
  const closed = unknown("Metadata", "no right", "grant it");
  const hidden = throughputOf(listing([topic("orders", { partitions: closed })], { readAt: at }), swept(1, 1)).items[0];
  expect(hidden).toMatchObject({ recordsPerSecond: closed, bytesPerSecond: closed, averageRecordBytes: closed });
});
