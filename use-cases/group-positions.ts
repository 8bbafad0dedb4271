import type { Side } from "#core/kafka/offset.ts";
import type { PartitionKey, PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Group } from "#core/migration/migration.ts";
import { consumedPartitions } from "#core/offsets/consumed-partitions.ts";
import { startingOffset } from "#core/offsets/starting-offset.ts";
import type { Cluster, Commit } from "./ports/cluster.ts";

/** Every partition that the group consumes gets a position: its commit, or what its reset policy means now. */
export async function groupPositions<S extends Side>(
  { log }: Cluster<S>,
  group: Group,
  partitions: readonly TopicPartition[],
  committed: PartitionMap<Commit<S>>,
): Promise<Map<PartitionKey, Commit<S>>> {
  const ends = await log.ends(consumedPartitions(partitions, committed.keys()));
  return new Map(
    [...ends].map(([key, end]) => [
      key,
      committed.get(key) ?? { offset: startingOffset(group.reset, group.isolation, end), metadata: "" },
    ]),
  );
}
