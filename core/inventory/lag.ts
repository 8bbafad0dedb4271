import { type PartitionMap, partitionKey } from "#core/kafka/topic-partition.ts";
import type { Group } from "./group.ts";
import type { Partition, Topic } from "./topic.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "./unknown.ts";

export type PartitionLag = {
  readonly topic: string;
  readonly partition: number;
  /** To the high watermark. Unknown where the offset or the end is. */
  readonly lagRecords: OrUnknown<bigint>;
  /** Records before the log's start are gone: what the group has not read of them it never will. */
  readonly lostRecords: OrUnknown<bigint>;
};

/** Every partition by its key. */
export const partitionsOf = (topics: Listing<Topic>): PartitionMap<Partition> =>
  new Map(
    topics.items.flatMap(({ name: topic, partitions }) =>
      isUnknown(partitions) ? [] : partitions.map((p) => [partitionKey({ topic, partition: p.partition }), p] as const),
    ),
  );

/** Of each partition with a commit. */
export function lagOf(group: Group, partitions: PartitionMap<Partition>): OrUnknown<readonly PartitionLag[]> {
  if (isUnknown(group.offsets)) return group.offsets;
  return group.offsets.map(({ topic, partition, offset }) => {
    if (isUnknown(offset)) return { topic, partition, lagRecords: offset, lostRecords: offset };
    const ends = partitions.get(partitionKey({ topic, partition }))?.ends ?? topicIsGone;
    if (isUnknown(ends)) return { topic, partition, lagRecords: ends, lostRecords: ends };
    const lost = ends.logStart - offset;
    const lag = ends.highWatermark - offset;
    return { topic, partition, lagRecords: lag > 0n ? lag : 0n, lostRecords: lost > 0n ? lost : 0n };
  });
}

const topicIsGone: Unknown = unknown(
  "Metadata",
  "the partition is not there: its topic was deleted, or may not be described",
);
