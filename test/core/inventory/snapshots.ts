import type { Group } from "#core/inventory/group.ts";
import type { Kind, Kinds, Snapshot } from "#core/inventory/snapshot.ts";
import type { Source } from "#core/inventory/source.ts";
import type { Offset, Partition, Topic } from "#core/inventory/topic.ts";
import type { Listing } from "#core/inventory/unknown.ts";
import { offsetOn } from "#core/kafka/offset.ts";

const at = Date.UTC(2026, 0, 2, 3, 4, 5);

export const offset = (value: number): Offset => offsetOn(BigInt(value));

export const listing = <T>(items: readonly T[], o: Partial<Listing<T>> = {}): Listing<T> => ({
  source: "Metadata",
  readAt: at,
  items,
  gaps: [],
  ...o,
});

export const partition = (n: number, o: Partial<Partition> = {}): Partition => ({
  partition: n,
  leader: 1,
  replicas: [1],
  inSync: [1],
  ends: { logStart: offset(0), highWatermark: offset(100) },
  newest: { offset: offset(99), at },
  sizeBytes: 10_000,
  ...o,
});

export const topic = (name: string, o: Partial<Topic> = {}): Topic => ({
  name,
  id: `id-of-${name}`,
  isInternal: name.startsWith("__"),
  partitions: [partition(0)],
  configs: new Map([["cleanup.policy", { value: "delete", origin: "default" }]]),
  ...o,
});

export const group = (id: string, o: Partial<Group> = {}): Group => ({
  id,
  kind: "classic",
  protocolType: "consumer",
  state: "Empty",
  coordinator: 1,
  members: [],
  offsets: [],
  lastCommit: { at },
  ...o,
});

const sources: Readonly<Record<Kind, Source>> = {
  cluster: "Metadata",
  brokers: "Metadata",
  topics: "Metadata",
  groups: "ListGroups",
  producers: "DescribeProducers",
  transactions: "ListTransactions",
  acls: "DescribeAcls",
  "scram-users": "DescribeUserScramCredentials",
  quotas: "DescribeClientQuotas",
  throughput: "two sweeps",
  registry: "Schema Registry",
  subjects: "Schema Registry",
  "schema-use": "sampled records",
  connectors: "Kafka Connect",
  operations: "migration file",
};

/** A whole snapshot of nothing but what is given. */
export function snapshot(
  items: { readonly [K in Kind]?: readonly Kinds[K][] } = {},
  o: Partial<Omit<Snapshot, "listings">> = {},
): Snapshot {
  const of = <K extends Kind>(kind: K): Listing<Kinds[K]> => listing(items[kind] ?? [], { source: sources[kind] });
  return {
    migration: "shop",
    side: "source",
    id: new Date(at).toISOString(),
    startedAt: at,
    endedAt: at + 1000,
    ...o,
    listings: {
      cluster: of("cluster"),
      brokers: of("brokers"),
      topics: of("topics"),
      groups: of("groups"),
      producers: of("producers"),
      transactions: of("transactions"),
      acls: of("acls"),
      "scram-users": of("scram-users"),
      quotas: of("quotas"),
      throughput: of("throughput"),
      registry: of("registry"),
      subjects: of("subjects"),
      "schema-use": of("schema-use"),
      connectors: of("connectors"),
      operations: of("operations"),
    },
  };
}
