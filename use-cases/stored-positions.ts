import type { PartitionKey, PartitionMap } from "#core/kafka/topic-partition.ts";

/** One offset per partition as it is stored and journalled: decimal text, since JSON numbers end at 2^53. */
export const storedPositions = <T>(of: PartitionMap<T>, pick: (value: T) => bigint): Record<string, string> =>
  Object.fromEntries([...of].map(([key, value]) => [key, pick(value).toString()]));

export const loadedPositions = (stored: Readonly<Record<string, string>>): Map<PartitionKey, bigint> =>
  new Map(Object.entries(stored).map(([key, at]) => [key as PartitionKey, BigInt(at)]));
