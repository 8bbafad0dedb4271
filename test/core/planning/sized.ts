/** An estate that is sized: what tests say of it, and what the file says. */
import { expect } from "vitest";
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import { sizingOf } from "#core/planning/sizing/sizing.ts";
import { topicLoads } from "#core/planning/topic-load.ts";
import { migration } from "../../in-memory/migration.ts";
import { calmTopic } from "../inventory/calm-estate.ts";
import { broker } from "../inventory/estates.ts";
import { partition, snapshot } from "../inventory/snapshots.ts";

export const why = (words: string) => ({ unknown: expect.objectContaining({ why: expect.stringContaining(words) }) });

export const swept = (topic: string, bytesPerSecond: number, recordsPerSecond = 1) => ({
  topic,
  seconds: 10,
  recordsPerSecond,
  bytesPerSecond,
  averageRecordBytes: 100,
});
export const topicOf = (name: string, partitions: number, sizeBytes = 0) =>
  calmTopic(name, {}, { partitions: Array.from({ length: partitions }, (_, n) => partition(n, { sizeBytes })) });

export type Items = { readonly [K in Kind]?: readonly Kinds[K][] };
export const sized = (
  items: Items,
  file: Readonly<Record<string, unknown>> = {},
  o: {
    readonly waves?: readonly { name: string; topics: string[] }[];
    readonly target?: Items;
    readonly fixedTopics?: string[];
  } = {},
) => {
  const source = snapshot({ brokers: [broker(1), broker(2)], ...items });
  return sizingOf({
    migration: migration(file),
    source,
    target: o.target === undefined ? undefined : snapshot(o.target, { side: "target" }),
    loads: topicLoads(source),
    waves: o.waves ?? [{ name: "first", topics: (items.topics ?? []).map(({ name }) => name) }],
    fixedTopics: o.fixedTopics ?? [],
  });
};

export const planning = (o: Readonly<Record<string, unknown>> = {}) => ({
  planning: { headroom: 0.5, throughput: { taskBytesPerSecond: 1000, tasksPerWorker: 4, from: "a trial" }, ...o },
});

export const mskCluster = (facts: Readonly<Record<string, string>>) =>
  ({ kind: "msk-cluster", name: "old", source: "Amazon MSK", facts }) as const;
