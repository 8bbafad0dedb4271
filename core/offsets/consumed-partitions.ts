import { type PartitionKey, parsePartitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";

/**
 * Of the wave's partitions those that a group consumes: every partition of each topic where it has committed anywhere.
 * A group that never committed may consume any topic of its wave; its reset policy then decides all of them.
 */
export const consumedPartitions = (
  partitions: readonly TopicPartition[],
  committed: Iterable<PartitionKey>,
): readonly TopicPartition[] => {
  const topics = new Set([...committed].map((key) => parsePartitionKey(key).topic));
  return topics.size === 0 ? partitions : partitions.filter(({ topic }) => topics.has(topic));
};
