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
  | "Application Auto Scaling"
  | "CloudWatch"
  | "migration file";

/** Of each kind, the parts of its items that another request tells than the one that lists them. */
export const partSources: Readonly<Record<string, Readonly<Record<string, Source>>>> = {
  cluster: { features: "ApiVersions", authorizer: "DescribeAcls" },
  brokers: { configs: "DescribeConfigs", requests: "ApiVersions" },
  topics: {
    configs: "DescribeConfigs",
    "partitions.ends": "ListOffsets",
    "partitions.newest": "ListOffsets",
    "partitions.sizeBytes": "DescribeLogDirs",
  },
  groups: {
    members: "DescribeGroups",
    offsets: "OffsetFetch",
    lastCommit: "__consumer_offsets",
    configs: "DescribeConfigs",
  },
  transactions: { detail: "DescribeTransactions" },
};
