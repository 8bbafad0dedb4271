/** What the applications of a small estate leave on a cluster, for scanners and Kafka's own tools to find. */
import { Admin } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";
import type { ClusterSettings } from "#adapters/kafka/cluster-settings.ts";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { until } from "../test-cluster.ts";

const everyone = { host: "*", permission: "ALLOW" } as const;
export const entries: readonly AclEntry[] = [
  {
    ...everyone,
    resourceType: "TOPIC",
    resourceName: "orders",
    pattern: "LITERAL",
    principal: "User:app",
    operation: "WRITE",
  },
  {
    ...everyone,
    resourceType: "TOPIC",
    resourceName: "orders",
    pattern: "LITERAL",
    principal: "User:*",
    operation: "READ",
  },
  {
    ...everyone,
    resourceType: "GROUP",
    resourceName: "bil",
    pattern: "PREFIXED",
    principal: "User:billing",
    operation: "ALL",
  },
  {
    ...everyone,
    resourceType: "TRANSACTIONAL_ID",
    resourceName: "*",
    pattern: "LITERAL",
    principal: "User:app",
    operation: "DESCRIBE",
  },
  {
    ...everyone,
    resourceType: "CLUSTER",
    resourceName: "kafka-cluster",
    pattern: "LITERAL",
    principal: "User:ops",
    operation: "ALTER",
    permission: "DENY",
  },
];

/** Time stamps of the records of orders/0; the third is the latest. */
export const times = [1_700_000_000_000, 1_700_000_005_000, 1_700_000_009_000, 1_700_000_001_000];

/** Topics with settings of their own and inherited ones, records, groups with and without members, an open transaction, ACLs, a quota. */
export async function makeEstate(settings: ClusterSettings): Promise<{ leave(): Promise<void> }> {
  const cluster = connectCluster("source", settings);
  const { sasl } = settings;
  const kafka = new Kafka({
    clientId: "shop-app",
    brokers: [...settings.bootstrapServers],
    ...(sasl?.mechanism === "SCRAM-SHA-256"
      ? { sasl: { mechanism: "scram-sha-256", username: sasl.username, password: sasl.password } }
      : {}),
    logLevel: logLevel.NOTHING,
    retry: { retries: 8, initialRetryTime: 50 },
  });
  await cluster.topics.create([
    {
      name: "orders",
      partitions: 3,
      replicationFactor: 1,
      configs: { "retention.ms": "-1", "max.message.bytes": "50000" },
    },
    { name: "ledger", partitions: 1, replicationFactor: 1, configs: { "cleanup.policy": "compact" } },
    { name: "nothing-yet", partitions: 2, replicationFactor: 1, configs: {} },
  ]);
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  await producer.send({
    topic: "orders",
    messages: times.map((time, n) => ({ partition: 0, value: `order ${n}`, timestamp: String(time) })),
  });
  await producer.send({ topic: "ledger", messages: [{ key: "k", value: "v" }] });
  await producer.disconnect();
  await cluster.groups.commit(
    "billing",
    new Map([
      ["orders/0", { offset: offsetOn<"source">(3n), metadata: "from the till" }],
      ["orders/2", { offset: offsetOn<"source">(0n), metadata: "" }],
    ]),
  );
  const consumer = kafka.consumer({ groupId: "live", sessionTimeout: 10_000, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: ["orders", "ledger"], fromBeginning: true });
  await consumer.run({ eachMessage: async () => undefined });
  const admin = kafka.admin();
  await admin.connect();
  await until("everything read and committed", async () => {
    const committed = await admin.fetchOffsets({ groupId: "live", topics: ["orders", "ledger"] });
    const of = (topic: string) =>
      committed.find((t) => t.topic === topic)?.partitions.find((p) => p.partition === 0)?.offset;
    return of("orders") === "4" && of("ledger") === "1";
  });
  await admin.disconnect();
  const writer = kafka.producer({ transactionalId: "till-1", idempotent: true, maxInFlightRequests: 1 });
  await writer.connect();
  const transaction = await writer.transaction();
  await transaction.send({ topic: "orders", messages: [{ partition: 1, value: "not yet" }] });
  await cluster.rights.add(entries);
  await setQuota(settings);
  return {
    leave: async () => {
      await transaction.abort();
      await writer.disconnect();
      await consumer.disconnect();
      await cluster.close();
    },
  };
}

async function setQuota({ bootstrapServers, sasl }: ClusterSettings): Promise<void> {
  const admin = new Admin({
    clientId: "quotas",
    bootstrapBrokers: [...bootstrapServers],
    ...(sasl?.mechanism === "SCRAM-SHA-256" ? { sasl } : {}),
  });
  try {
    await admin.alterClientQuotas({
      entries: [
        {
          entities: [{ entityType: "client-id", entityName: "shop-app" }],
          ops: [{ key: "producer_byte_rate", value: 1_048_576, remove: false }],
        },
      ],
    });
  } finally {
    await admin.close();
  }
}
