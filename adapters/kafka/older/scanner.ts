// By its default export: Node finds few of its names in a module of the older kind.
import kafkajs, { type AclResourceTypes, type Admin } from "kafkajs";
import { RetryableFault } from "#core/fault.ts";
import type { AnyAcl } from "#core/inventory/access.ts";
import type { Broker, ClusterFacts } from "#core/inventory/brokers.ts";
import { releaseOf } from "#core/inventory/release.ts";
import type { ClusterPart } from "#core/inventory/scan-part.ts";
import type { SomeListings } from "#core/inventory/snapshot.ts";
import type { Source } from "#core/inventory/source.ts";
import type { Swept } from "#core/inventory/throughput.ts";
import { isUnknown, type Listing, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { aclKey } from "#core/kafka/acl.ts";
import { type PartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import type { ClusterScanner } from "#use-cases/ports/cluster-scanner.ts";
import { readEntries } from "../acl-wire.ts";
import { type ClusterIdentity, type ClusterSettings, identityOf } from "../cluster-settings.ts";
import { code } from "../faults.ts";
import { adminOf, asked } from "./client.ts";
import { groupsOf } from "./groups.ts";
import { endsOf, settingsIn, topicsOf } from "./topics.ts";

/**
 * Reads a cluster that is too old for `kafkaScanner`, by kafkajs. What kafkajs does not ask for is a gap: sizes, quotas, SCRAM
 * users, producers and transactions.
 */
export function olderScanner(
  side: "source" | "target",
  settings: ClusterSettings,
  { samplesSchemas = false }: { readonly samplesSchemas?: boolean } = {},
): ClusterScanner<ClusterPart> & { close(): Promise<void> } {
  const cluster = identityOf(side, settings);
  const admin = adminOf(settings);
  let connecting: Promise<void> | undefined;
  const connected = async (): Promise<Admin> => {
    connecting ??= admin.connect();
    try {
      await connecting;
    } catch (error) {
      connecting = undefined;
      throw new RetryableFault(
        `The ${side} cluster (${cluster.bootstrapServers}) cannot be reached by ${cluster.principal}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
    return admin;
  };
  return {
    pages: async () => {
      await connected();
      return [
        { part: "topics" },
        { part: "groups" },
        { part: "overview" },
        { part: "producers" },
        { part: "transactions" },
        { part: "access" },
        ...(samplesSchemas ? [{ part: "schema-use" } as const] : []),
      ];
    },
    scan: async ({ part }) => {
      const to = await connected();
      switch (part) {
        case "overview":
          return overviewOf(to, cluster);
        case "topics":
          return { topics: await topicsOf(to, cluster) };
        case "groups":
          return { groups: await groupsOf(to, cluster) };
        case "producers":
          return { producers: notAsked("DescribeProducers", "producers") };
        case "transactions":
          return { transactions: notAsked("ListTransactions", "transactional ids") };
        case "access":
          return {
            acls: await aclsOf(to, cluster),
            "scram-users": notAsked("DescribeUserScramCredentials", "SCRAM users"),
            quotas: notAsked("DescribeClientQuotas", "quotas"),
          };
        case "schema-use":
          return { "schema-use": notAsked("sampled records", "the schema ids that records carry") };
      }
    },
    sweep: async () => {
      const readAt = Date.now();
      const to = await connected();
      const ends = await endsOf(to, cluster, await to.listTopics());
      const partitions = new Map<PartitionKey, Swept>();
      for (const [topic, ofTopic] of ends)
        if (!isUnknown(ofTopic))
          for (const [partition, found] of ofTopic)
            partitions.set(partitionKey({ topic, partition }), { ends: found, sizeBytes: noSizes });
      return { readAt, partitions };
    },
    close: async () => {
      if (connecting !== undefined) await admin.disconnect();
    },
  };
}

async function overviewOf(admin: Admin, cluster: ClusterIdentity): Promise<SomeListings> {
  const readAt = Date.now();
  const needs = { resource: "cluster", operation: "Describe" } as const;
  const doing = { cluster, source: "Metadata", doing: "describing the cluster", needs } as const;
  const found = await asked(doing, () => admin.describeCluster());
  if (isUnknown(found)) {
    const nothing = { source: "Metadata", readAt, items: [], gaps: [found] } as const;
    return { cluster: nothing, brokers: nothing };
  }
  const brokers = await Promise.all(
    found.brokers.map(async ({ nodeId, host, port }): Promise<Broker> => {
      const settings = await asked(
        { ...doing, source: "DescribeConfigs", doing: `reading the settings of broker ${nodeId}` },
        () =>
          admin.describeConfigs({
            resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: String(nodeId) }],
            includeSynonyms: false,
          }),
      );
      return {
        id: nodeId,
        host,
        port,
        rack: null,
        configs: isUnknown(settings) ? settings : settingsIn(settings.resources[0]?.configEntries ?? []),
        requests: unknown("ApiVersions", "kafkajs does not tell what brokers offer"),
      };
    }),
  );
  const facts: ClusterFacts = {
    clusterId: found.clusterId,
    controllerId: found.controller ?? -1,
    features: {},
    release: releaseOf({}, brokers),
    authorizer: await authorizerOf(admin, cluster),
  };
  return {
    cluster: { source: "Metadata", readAt, items: [facts], gaps: [] },
    brokers: { source: "Metadata", readAt, items: brokers.toSorted((a, b) => a.id - b.id), gaps: [] },
  };
}

const listAcls = (admin: Admin, resourceType: AclResourceTypes) =>
  admin.describeAcls({
    resourceType,
    resourcePatternType: kafkajs.ResourcePatternTypes.ANY,
    operation: kafkajs.AclOperationTypes.ANY,
    permissionType: kafkajs.AclPermissionTypes.ANY,
  });

const listing = (cluster: ClusterIdentity) =>
  ({
    cluster,
    source: "DescribeAcls",
    doing: "listing ACLs",
    needs: { resource: "cluster", operation: "Describe" },
  }) as const;

const authorizerOf = async (admin: Admin, cluster: ClusterIdentity): Promise<ClusterFacts["authorizer"]> => {
  try {
    await listAcls(admin, kafkajs.AclResourceTypes.CLUSTER);
    return "present";
  } catch (error) {
    if (isCode(error, code.securityDisabled)) return "none";
    // One that refuses to list its entries is there too.
    if (isCode(error, code.clusterAuthorizationFailed)) return "present";
    return asked(listing(cluster), () => Promise.reject(error));
  }
};

async function aclsOf(admin: Admin, cluster: ClusterIdentity): Promise<Listing<AnyAcl>> {
  const readAt = Date.now();
  const source = "DescribeAcls";
  const answer = await asked(listing(cluster), async () => {
    try {
      return await listAcls(admin, kafkajs.AclResourceTypes.ANY);
    } catch (error) {
      if (isCode(error, code.securityDisabled)) return { resources: [] };
      throw error;
    }
  });
  if (isUnknown(answer)) return { source, readAt, items: [], gaps: [answer] };
  const items: AnyAcl[] = [];
  const gaps: Unknown[] = [];
  for (const entry of readEntries(answer))
    if ("what" in entry)
      gaps.push(unknown(source, `an ACL has a ${entry.what} of number ${entry.number}, which is not known here`));
    else items.push(entry);
  return { source, readAt, items: items.toSorted((a, b) => (aclKey(a) < aclKey(b) ? -1 : 1)), gaps };
}

const isCode = (error: unknown, wanted: number): boolean =>
  error instanceof Error && "code" in error && error.code === wanted;

const notAsked = (source: Source, what: string): Listing<never> => ({
  source,
  readAt: Date.now(),
  items: [],
  gaps: [
    unknown(
      source,
      `${what} are not read from brokers before Kafka 2.8`,
      "read the cluster after an upgrade to Kafka 2.8 or later, or name what matters in the migration file",
    ),
  ],
});

const noSizes = unknown("DescribeLogDirs", "the sizes of logs are not read from brokers before Kafka 2.8");
