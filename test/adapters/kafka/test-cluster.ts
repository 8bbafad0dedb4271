import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Producer, stringSerializers } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";

const users = { admin: "admin-secret", control: "control-secret", app: "app-secret", mirror: "mirror-secret" };
type User = keyof typeof users;
type SourceCluster = Cluster<"source"> & { close(): Promise<void> };

/** One real broker with users admin (super), control, app and mirror, and clients that `stop` closes with it. */
export type TestCluster = {
  readonly broker: Broker;
  connect(user: User, changes?: { password?: string; requestTimeoutMilliseconds?: number }): SourceCluster;
  kafkajs(user: User): Kafka;
  producer(user: User): Producer<string, string, string, string>;
  /** Stops the broker and starts it again on the same data and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
};

export async function startTestCluster(properties: Readonly<Record<string, string>> = {}): Promise<TestCluster> {
  const directory = await mkdtemp(join(tmpdir(), "sluice-kafka-"));
  const start = (port?: number): Promise<Broker> =>
    startBroker({
      name: "test",
      directory,
      users,
      superUsers: ["admin"],
      allowEveryone: true,
      properties,
      ...(port === undefined ? {} : { port }),
    });
  let broker = await start();
  const clusters: SourceCluster[] = [];
  const producers: Producer<string, string, string, string>[] = [];
  return {
    get broker() {
      return broker;
    },
    connect: (user, changes = {}) => {
      const cluster = connectCluster("source", {
        bootstrapServers: [broker.bootstrapServers],
        tls: false,
        sasl: { mechanism: "SCRAM-SHA-256", username: user, password: changes.password ?? users[user] },
        clientId: "sluice-test",
        requestTimeoutMilliseconds: changes.requestTimeoutMilliseconds ?? 10_000,
      });
      clusters.push(cluster);
      return cluster;
    },
    kafkajs: (user) =>
      new Kafka({
        clientId: `test-${user}`,
        brokers: [broker.bootstrapServers],
        sasl: { mechanism: "scram-sha-256", username: user, password: users[user] },
        logLevel: logLevel.NOTHING,
        retry: { retries: 5, initialRetryTime: 50 },
      }),
    producer: (user) => {
      const producer = new Producer({
        clientId: `test-${user}`,
        bootstrapBrokers: [broker.bootstrapServers],
        sasl: { mechanism: "SCRAM-SHA-256", username: user, password: users[user] },
        serializers: stringSerializers,
      });
      producers.push(producer);
      return producer;
    },
    restart: async () => {
      const { port } = broker;
      await broker.stop();
      broker = await start(port);
    },
    stop: async () => {
      await Promise.all([...clusters.map((c) => c.close()), ...producers.map((p) => p.close())]);
      await broker.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Waits until `isSo` holds; fails the test with `what` after thirty seconds. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`not seen within thirty seconds: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A transaction's end is acknowledged before it is over; until then the next one's first request is refused. */
export async function onceConcluded<T>(request: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    try {
      return await request();
    } catch (error) {
      const isBusy = error instanceof Error && "type" in error && error.type === "CONCURRENT_TRANSACTIONS";
      if (!isBusy || Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
