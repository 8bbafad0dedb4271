import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import kafkajs, { type Admin, type Kafka, type KafkaMessage } from "kafkajs";
import { connectReplicator } from "#adapters/connect/replicator.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import { mirrorRights } from "#core/replication/mirror-rights.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";
import { type Child, startChild } from "#local/processes/child.ts";
import { sharedClasses } from "#local/setup/class-data.ts";
import { freePort } from "#local/setup/free-port.ts";
import { workerJars } from "#local/setup/jars.ts";
import type { ConnectorStatus, Direction, Replicator } from "#use-cases/ports/replicator.ts";

export const users = {
  admin: "admin-secret",
  // A backslash and a dollar, which a JAAS string and Connect's variables would read as their own.
  "mirror-forward": "pw-F0rward\\$planted",
  "mirror-reverse": "pw-R3verse\\$planted",
};
export const principals = { forward: "User:mirror-forward", reverse: "User:mirror-reverse" } as const;
export const migration = "shop";

/** Two real brokers where nobody but `admin` may do anything, and Connect workers as bare processes. */
export type MirrorEstate = {
  readonly brokers: Readonly<Record<Side, Broker>>;
  readonly kafka: Readonly<Record<Side, Kafka>>;
  readonly admin: Readonly<Record<Side, Admin>>;
  readonly replicator: Replicator;
  restUrl(direction: Direction): string;
  workerLog(direction: Direction): string;
  startWorker(direction: Direction): Promise<Child>;
  grant(side: Side, entries: readonly AclEntry[]): Promise<void>;
  revoke(side: Side, entries: readonly AclEntry[]): Promise<void>;
  /** Topic on both sides and the least rights of one direction's mirror on it. */
  createMirrored(
    direction: Direction,
    topic: string,
    partitions: number,
    configs?: Record<string, string>,
  ): Promise<void>;
  stop(): Promise<void>;
};

export async function startMirrorEstate(): Promise<MirrorEstate> {
  const directory = await mkdtemp(join(tmpdir(), "mirror-estate-"));
  const broker = (name: Side) =>
    startBroker({
      name,
      directory: join(directory, name),
      users,
      superUsers: ["admin"],
      allowEveryone: false,
      properties: {
        "message.max.bytes": "8388608",
        "auto.create.topics.enable": "false",
        "group.initial.rebalance.delay.ms": "0",
      },
    });
  const running: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    for (const part of running.reverse()) await part.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [source, target] = await Promise.all([broker("source"), broker("target")]);
    running.push(source, target);
    return await estateOf({ source, target }, directory, running, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function estateOf(
  brokers: Record<Side, Broker>,
  directory: string,
  running: { stop(): Promise<void> }[],
  stop: () => Promise<void>,
): Promise<MirrorEstate> {
  const kafkaOf = (side: Side) =>
    new kafkajs.Kafka({
      clientId: "test",
      brokers: [brokers[side].bootstrapServers],
      sasl: { mechanism: "scram-sha-256", username: "admin", password: users.admin },
      logLevel: kafkajs.logLevel.NOTHING,
    });
  const kafka = { source: kafkaOf("source"), target: kafkaOf("target") };
  const admin = { source: kafka.source.admin(), target: kafka.target.admin() };
  for (const side of ["source", "target"] as const) {
    await admin[side].connect();
    running.push({ stop: () => admin[side].disconnect() });
  }
  const ports = { forward: await freePort(), reverse: await freePort() };
  const restUrl = (direction: Direction) => `http://127.0.0.1:${ports[direction]}`;
  const workerLog = (direction: Direction) => join(directory, `${direction}.log`);
  const usernames = { forward: "mirror-forward", reverse: "mirror-reverse" } as const;

  const replicator = connectReplicator({
    workers: { restUrl: async (direction) => restUrl(direction), forget: () => {} },
    ends: async (direction) => {
      const signIn = { type: "scram", mechanism: "SCRAM-SHA-256", username: usernames[direction] } as const;
      const end = (side: Side) =>
        ({ bootstrapServers: [brokers[side].bootstrapServers], tls: false, hasOwnAuthorities: false, signIn }) as const;
      return { source: end("source"), target: end("target") };
    },
    tasksPerConnector: 2,
  });

  const grant = async (side: Side, entries: readonly AclEntry[]) => {
    await admin[side].createAcls({ acl: entries.map(kafkajsEntry) });
  };

  return {
    brokers,
    kafka,
    admin,
    replicator,
    restUrl,
    workerLog,
    grant,
    stop,
    async revoke(side, entries) {
      await admin[side].deleteAcls({ filters: entries.map(kafkajsEntry) });
    },
    async startWorker(direction) {
      const names = workerNames(migration, direction);
      const { downstream } = mirrorEnds(direction);
      const password = users[usernames[direction]];
      const worker = await startChild({
        name: `${direction} worker`,
        command: fileURLToPath(new URL("../../../workers/start-connect.sh", import.meta.url)),
        args: [],
        environment: {
          PATH: process.env["PATH"],
          CONNECT_BOOTSTRAP_SERVERS: brokers[downstream].bootstrapServers,
          CONNECT_SECURITY_PROTOCOL: "SASL_PLAINTEXT",
          CONNECT_SASL_MECHANISM: "SCRAM-SHA-256",
          CONNECT_USERNAME: usernames[direction],
          CONNECT_PASSWORD: password,
          SOURCE_PASSWORD: password,
          TARGET_PASSWORD: password,
          CONNECT_GROUP_ID: names.groupId,
          CONNECT_INTERNAL_TOPIC_PREFIX: names.internalTopicPrefix,
          CONNECT_INTERNAL_REPLICATION_FACTOR: "-1",
          CONNECT_HEAP_MEGABYTES: "384",
          CONNECT_REST_HOST: "127.0.0.1",
          CONNECT_REST_PORT: String(ports[direction]),
          CONNECT_ADVERTISED_HOST: "127.0.0.1",
          CONNECT_CLASSPATH: (await workerJars()).classpath,
          CONNECT_LOG_LEVEL: "info",
          CONNECT_JAVA_OPTIONS: ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...sharedClasses("worker")].join(" "),
        },
        logFile: workerLog(direction),
        isHealthy: async () => (await fetch(`${restUrl(direction)}/health`)).status === 200,
        healthyWithinSeconds: 60,
      });
      running.push(worker);
      return worker;
    },
    async createMirrored(direction, topic, partitions, configs = {}) {
      for (const side of ["source", "target"] as const)
        await admin[side].createTopics({
          topics: [
            {
              topic,
              numPartitions: partitions,
              replicationFactor: 1,
              configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
            },
          ],
        });
      const rights = mirrorRights({
        migration,
        direction,
        principal: principals[direction],
        topics: [topic],
        emitsOffsetSyncs: false,
      });
      await grant("source", rights.source);
      await grant("target", rights.target);
    },
  };
}

const kafkajsEntry = (entry: AclEntry) => ({
  resourceType: { TOPIC: 2, GROUP: 3, CLUSTER: 4, TRANSACTIONAL_ID: 5 }[entry.resourceType],
  resourceName: entry.resourceName,
  resourcePatternType: { LITERAL: 3, PREFIXED: 4 }[entry.pattern],
  principal: entry.principal,
  host: entry.host,
  operation: kafkajs.AclOperationTypes[operationName(entry.operation)],
  permissionType: entry.permission === "ALLOW" ? 3 : 2,
});

const operationName = (operation: AclEntry["operation"]): "READ" | "WRITE" | "CREATE" => {
  if (operation === "READ" || operation === "WRITE" || operation === "CREATE") return operation;
  throw new Error(`a mirror needs no ${operation}`);
};

/** Polls until `seen` gives something; throws with what was waited for. */
export async function eventually<T>(
  what: string,
  seen: () => Promise<T | undefined | false>,
  seconds = 30,
): Promise<T> {
  const until = Date.now() + seconds * 1000;
  for (;;) {
    const value = await seen();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > until) throw new Error(`not seen within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export const isWhole = (status: ConnectorStatus | undefined): boolean =>
  status?.state === "RUNNING" &&
  status.tasks.length === status.expectedTasks &&
  status.tasks.every((task) => task.state === "RUNNING");

export type StoredRecord = Pick<KafkaMessage, "key" | "value" | "timestamp" | "offset"> & {
  readonly partition: number;
  readonly headers: KafkaMessage["headers"] | undefined;
};

/** Every record of a topic, in order per partition. */
export async function readTopic(kafka: Kafka, admin: Admin, topic: string): Promise<StoredRecord[]> {
  const wanted = (await admin.fetchTopicOffsets(topic)).reduce((n, p) => n + Number(p.high) - Number(p.low), 0);
  const records: StoredRecord[] = [];
  if (wanted === 0) return records;
  const consumer = kafka.consumer({
    groupId: `read-${topic}-${Date.now()}-${Math.random()}`,
    maxBytesPerPartition: 16 << 20,
    maxWaitTimeInMs: 100,
  });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        const { key, value, headers, timestamp, offset } = message;
        records.push({ key, value, headers, timestamp, offset, partition });
      },
    });
    await eventually(`${wanted} records of ${topic}`, async () => records.length >= wanted);
  } finally {
    await consumer.disconnect();
  }
  return records.sort((a, b) => a.partition - b.partition || Number(BigInt(a.offset) - BigInt(b.offset)));
}

export const endsOf = async (admin: Admin, topic: string): Promise<number> =>
  (await admin.fetchTopicOffsets(topic)).reduce((n, p) => n + Number(p.high), 0);
