import { topicsOfGroup } from "#core/inventory/flags/flag-facts.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { measuredOf, type TopicLoads, topicLoads } from "../topic-load.ts";

/** What the target must carry once everything has moved. Sums of what was measured: the least that it can be. */
export type TargetNeed = {
  /** Those that move, and those that are there already. */
  readonly topics: number;
  readonly replicas: number;
  /** Replicas counted. */
  readonly partitions: number;
  readonly ingressBytesPerSecond: number;
  /** Each group that reads a topic, and the reverse mirror. */
  readonly egressBytesPerSecond: number;
  /** Replicas counted; what is held now. */
  readonly heldBytes: number;
  /** Replicas counted; what is written until the last seal, since nothing is deleted before it. */
  readonly growthBytes: number;
  /** How long that is; absent where nobody said, and then nothing is counted for it. */
  readonly growthSeconds?: number;
  /** Topics that could not be measured, and are in none of these sums. */
  readonly notMeasured: {
    readonly partitions: readonly string[];
    readonly bytesPerSecond: readonly string[];
    readonly bytes: readonly string[];
  };
};

export function targetNeed(of: {
  readonly moved: readonly string[];
  readonly source: Snapshot;
  readonly loads: TopicLoads;
  readonly target: Snapshot | undefined;
  readonly replicas: number;
  readonly growthSeconds: number | undefined;
}): TargetNeed {
  const moved = new Set(of.moved);
  const there = (of.target?.listings.topics.items ?? []).filter(
    ({ name, isInternal }) => !isInternal && !moved.has(name),
  );
  const loads = new Map([...(of.target === undefined ? [] : topicLoads(of.target)), ...of.loads]);
  const topics = [...moved, ...there.map(({ name }) => name)].toSorted();
  const written = measuredOf(loads, topics, (load) => load.bytesPerSecond);
  const held = measuredOf(loads, topics, (load) => load.bytes);
  const partitions = measuredOf(loads, topics, (load) => load.partitions);
  const readers = readersOf(of.source, of.target);
  const read = topics.reduce(
    (sum, topic) =>
      sum + (1 + (readers.get(topic) ?? 0)) * measuredOf(loads, [topic], (load) => load.bytesPerSecond).atLeast,
    0,
  );
  return {
    topics: topics.length,
    replicas: of.replicas,
    partitions: partitions.atLeast * of.replicas,
    ingressBytesPerSecond: written.atLeast,
    egressBytesPerSecond: read,
    heldBytes: held.atLeast * of.replicas,
    growthBytes: written.atLeast * of.replicas * (of.growthSeconds ?? 0),
    ...(of.growthSeconds === undefined ? {} : { growthSeconds: of.growthSeconds }),
    notMeasured: {
      partitions: partitions.notMeasured,
      bytesPerSecond: written.notMeasured,
      bytes: held.notMeasured,
    },
  };
}

/** Groups by the topics that they read, on either side; one that is on both is counted once. */
export function readersOf(...snapshots: readonly (Snapshot | undefined)[]): ReadonlyMap<string, number> {
  const groups = new Map<string, Set<string>>();
  for (const snapshot of snapshots)
    for (const group of snapshot?.listings.groups.items ?? [])
      for (const topic of topicsOfGroup(group))
        groups.set(topic, (groups.get(topic) ?? new Set<string>()).add(group.id));
  return new Map([...groups].map(([topic, ids]) => [topic, ids.size]));
}
