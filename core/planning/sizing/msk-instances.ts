/**
 * What Amazon publishes of one broker of each size. Read on 2026-11-22 from stored copies of these pages; when Amazon changes them,
 * change the row and the date together.
 */
export const MSK_FACTS_READ_ON = "2026-11-22";

export const MSK_FACTS_SOURCES = {
  /** vCPU, memory, network, recommended ingress and egress, recommended partitions: one table, in Amazon's own repository. */
  sizes:
    "https://github.com/awslabs/mcp/blob/db522118d433cfc108cc118f1059af67c94fd8da/src/aws-msk-mcp-server/awslabs/aws_msk_mcp_server/tools/static_tools/cluster_best_practices.py",
  /** Recommended partitions of Standard brokers, replicas counted; the share of a disk that may be full. */
  standard: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices.html",
  express: "https://docs.aws.amazon.com/msk/latest/developerguide/bestpractices-express.html",
  /** Largest provisioned throughput of a broker's volume. */
  volumes: "https://docs.aws.amazon.com/msk/latest/developerguide/msk-provision-throughput-management.html",
  /** Brokers of a cluster, storage of a broker. */
  quotas: "https://docs.aws.amazon.com/msk/latest/developerguide/limits.html",
  /** That Express brokers begin at Kafka 3.6 and need no storage. */
  kinds: "https://docs.aws.amazon.com/msk/latest/developerguide/broker-instance-types.html",
  /** What a configuration may set. */
  standardSettings: "https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-properties.html",
  expressSettings: "https://docs.aws.amazon.com/msk/latest/developerguide/msk-configuration-express-read-write.html",
} as const;

export type BrokerKind = "standard" | "express";

export type MskInstance = {
  /** As CreateClusterV2 takes it. */
  readonly name: string;
  readonly kind: BrokerKind;
  readonly vcpus: number;
  readonly memoryGigabytes: number;
  readonly networkGigabitsPerSecond: number;
  /** What clients may write to one broker and read from it for good; above it Express throttles and Standard grows slow. */
  readonly ingressBytesPerSecond: number;
  readonly egressBytesPerSecond: number;
  /** Recommended, leaders and followers counted. */
  readonly partitions: number;
  /** Largest provisioned throughput of its volume; absent where none can be provisioned. */
  readonly volumeMebibytesPerSecond?: number;
};

/** "MBps" on Amazon's pages, taken as 10^6 bytes: the smaller reading. */
const MEGABYTE = 1_000_000;

/** Name, vCPU, GB of memory, Gbit/s of network, MB/s in, MB/s out, partitions, MiB/s of its volume. From small to large in each family. */
const ROWS: readonly (readonly [string, number, number, number, number, number, number, number | undefined])[] = [
  ["kafka.m5.large", 2, 8, 10, 4.8, 9.6, 1000, undefined],
  ["kafka.m5.xlarge", 4, 16, 10, 9.6, 19.2, 1000, undefined],
  ["kafka.m5.2xlarge", 8, 32, 10, 19.2, 38.4, 2000, undefined],
  ["kafka.m5.4xlarge", 16, 64, 10, 38.4, 76.8, 4000, 593],
  ["kafka.m5.8xlarge", 32, 128, 10, 76.9, 153.8, 4000, 850],
  ["kafka.m5.12xlarge", 48, 192, 12, 115.4, 230.8, 4000, 1000],
  ["kafka.m5.16xlarge", 64, 256, 20, 153.8, 307.7, 4000, 1000],
  ["kafka.m5.24xlarge", 96, 384, 25, 153.8, 307.7, 4000, 1000],
  ["kafka.m7g.large", 2, 8, 12.5, 4.8, 9.6, 1000, undefined],
  ["kafka.m7g.xlarge", 4, 16, 15, 9.6, 19.2, 1000, undefined],
  ["kafka.m7g.2xlarge", 8, 32, 15, 19.2, 38.4, 2000, 312.5],
  ["kafka.m7g.4xlarge", 16, 64, 15, 38.4, 76.8, 4000, 625],
  ["kafka.m7g.8xlarge", 32, 128, 15, 76.9, 153.8, 4000, 1000],
  ["kafka.m7g.12xlarge", 48, 192, 22.5, 115.4, 230.8, 4000, 1000],
  ["kafka.m7g.16xlarge", 64, 256, 30, 153.8, 307.7, 4000, 1000],
  ["express.m7g.large", 2, 8, 12.5, 15.6, 31.2, 1000, undefined],
  ["express.m7g.xlarge", 4, 16, 15, 31.2, 62.5, 1000, undefined],
  ["express.m7g.2xlarge", 8, 32, 15, 62.5, 125, 2000, undefined],
  ["express.m7g.4xlarge", 16, 64, 15, 124.9, 249.8, 4000, undefined],
  ["express.m7g.8xlarge", 32, 128, 15, 250, 500, 4000, undefined],
  ["express.m7g.12xlarge", 48, 192, 22.5, 375, 750, 4000, undefined],
  ["express.m7g.16xlarge", 64, 256, 30, 500, 1000, 4000, undefined],
];

export const MSK_INSTANCES: readonly MskInstance[] = ROWS.map(
  ([name, vcpus, memoryGigabytes, networkGigabitsPerSecond, ingress, egress, partitions, volume]) => ({
    name,
    kind: name.startsWith("express.") ? "express" : "standard",
    vcpus,
    memoryGigabytes,
    networkGigabitsPerSecond,
    ingressBytesPerSecond: Math.round(ingress * MEGABYTE),
    egressBytesPerSecond: Math.round(egress * MEGABYTE),
    partitions,
    ...(volume === undefined ? {} : { volumeMebibytesPerSecond: volume }),
  }),
);

/** By its name in MSK, or by EC2's name as nodes tell it (`m7g.large` is taken for a Standard broker's). */
export const mskInstance = (name: string): MskInstance | undefined =>
  MSK_INSTANCES.find((instance) => instance.name === name || instance.name === `kafka.${name}`);

/** Of a cluster with ZooKeeper; one with KRaft may have twice as many. */
export const MOST_BROKERS = 30;

/** GiB of a Standard broker's volume. */
export const VOLUME_GIBIBYTES = { least: 1, most: 16_384 } as const;

/** Amazon's alarm threshold: a volume that is planned to be fuller than this has no room left to grow. */
export const FULLEST_VOLUME_SHARE = 0.85;
