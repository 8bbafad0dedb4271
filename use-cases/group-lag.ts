import type { Side } from "#core/kafka/offset.ts";
import type { TopicPartition } from "#core/kafka/topic-partition.ts";
import { consumedPartitions } from "#core/offsets/consumed-partitions.ts";
import type { Cluster } from "./ports/cluster.ts";

/** How many records a group has yet to read on a cluster, over all that it consumes of these partitions. */
export async function groupLag<S extends Side>(
  cluster: Cluster<S>,
  group: string,
  partitions: readonly TopicPartition[],
): Promise<bigint> {
  const committed = await cluster.groups.committed(group, partitions);
  const ends = await cluster.log.ends(consumedPartitions(partitions, committed.keys()));
  return [...ends].reduce((sum, [key, end]) => {
    const behind = end.lastStable - (committed.get(key)?.offset ?? end.logStart);
    return sum + (behind > 0n ? behind : 0n);
  }, 0n);
}
