export type TopicPartition = { readonly topic: string; readonly partition: number };

/** Key of a partition in maps and stored items: `orders/3`. Topic names cannot contain `/`, so this splits uniquely. */
export type PartitionKey = `${string}/${number}`;
export type PartitionMap<T> = ReadonlyMap<PartitionKey, T>;

export const partitionKey = ({ topic, partition }: TopicPartition): PartitionKey => `${topic}/${partition}`;

export const parsePartitionKey = (key: PartitionKey): TopicPartition => {
  const slash = key.lastIndexOf("/");
  return { topic: key.slice(0, slash), partition: Number(key.slice(slash + 1)) };
};
