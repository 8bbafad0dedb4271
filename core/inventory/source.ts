/** Who is asked: a request of Kafka's protocol by its name, a service, or the migration file. */
export type Source =
  | "Metadata"
  | "ApiVersions"
  | "DescribeConfigs"
  | "DescribeLogDirs"
  | "ListOffsets"
  | "ListGroups"
  | "DescribeGroups"
  | "ConsumerGroupDescribe"
  | "ShareGroupDescribe"
  | "OffsetFetch"
  | "DescribeShareGroupOffsets"
  | "__consumer_offsets"
  | "DescribeProducers"
  | "ListTransactions"
  | "DescribeTransactions"
  | "DescribeAcls"
  | "DescribeUserScramCredentials"
  | "DescribeClientQuotas"
  | "two sweeps"
  | "Schema Registry"
  | "sampled records"
  | "Kafka Connect"
  | "Amazon MSK"
  | "CloudWatch"
  | "migration file";

/** Parts of items that come from another request than their listing. */
export const partSources = {
  "broker.configs": "DescribeConfigs",
  "broker.requests": "ApiVersions",
  "topic.configs": "DescribeConfigs",
  "partition.ends": "ListOffsets",
  "partition.newest": "ListOffsets",
  "partition.sizeBytes": "DescribeLogDirs",
  "group.members": "DescribeGroups",
  "group.offsets": "OffsetFetch",
  "group.lastCommit": "__consumer_offsets",
  "transaction.detail": "DescribeTransactions",
} as const satisfies Readonly<Record<string, Source>>;
