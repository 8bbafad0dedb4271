import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { startFurtherBroker } from "#local/kafka/further-broker.ts";
import { type Broker, type BrokerOptions, startBroker } from "#local/kafka/start-broker.ts";
import { mapConcurrently } from "#use-cases/map-concurrently.ts";

export const BENCH_USER = { username: "admin", password: "bench" } as const;
const PARTITIONS_PER_TOPIC = 5;
const PARTITIONS_PER_GROUP = 5;
/** A broker keeps a file open for each partition, and a process may have 20,000 open where little is set up. */
export const PARTITIONS_PER_BROKER = 10_000;

export type BenchCluster = {
  readonly server: string;
  /** Grows the estate to so many partitions, a fifth of that in topics and groups; every topic has a record, every group its commits. */
  growTo(partitions: number): Promise<void>;
  stop(): Promise<void>;
};

export async function startBenchCluster(directory: string, brokers: number): Promise<BenchCluster> {
  const at = (id: number): BrokerOptions => ({
    name: "inventory",
    directory: join(directory, String(id)),
    users: { [BENCH_USER.username]: BENCH_USER.password },
    superUsers: [BENCH_USER.username],
    allowEveryone: false,
    heapMegabytes: 1024,
    properties: { "log.index.size.max.bytes": "4096", "log.cleaner.enable": "true" },
  });
  const broker = await startBroker(at(1));
  const started: Broker[] = [broker];
  for (let id = 2; id <= brokers; id++) started.push(await startFurtherBroker(broker.directory, id, at(id)));
  const cluster = connectCluster("source", {
    bootstrapServers: [broker.bootstrapServers],
    tls: false,
    sasl: { mechanism: "SCRAM-SHA-256", ...BENCH_USER },
    clientId: "bench-estate",
    requestTimeoutMilliseconds: 60_000,
  });
  const producer = new Kafka({
    clientId: "bench-producer",
    brokers: [broker.bootstrapServers],
    sasl: { mechanism: "scram-sha-256", ...BENCH_USER },
    logLevel: logLevel.NOTHING,
  }).producer({ idempotent: true, maxInFlightRequests: 1 });
  await producer.connect();
  let topics = 0;
  return {
    server: broker.bootstrapServers,
    growTo: async (partitions) => {
      const wanted = Math.ceil(partitions / PARTITIONS_PER_TOPIC);
      const names = Array.from({ length: wanted - topics }, (_, n) => `topic-${String(topics + n).padStart(5, "0")}`);
      await cluster.topics.create(
        names.map((name) => ({
          name,
          partitions: PARTITIONS_PER_TOPIC,
          replicationFactor: 1,
          configs: { "retention.ms": "86400000" },
        })),
      );
      for (let i = 0; i < names.length; i += 500)
        await producer.sendBatch({
          topicMessages: names
            .slice(i, i + 500)
            .map((topic) => ({ topic, messages: [{ partition: 0, value: "x".repeat(200) }] })),
        });
      await mapConcurrently(names, 50, (topic) =>
        cluster.groups.commit(
          topic.replace("topic", "group"),
          new Map(
            Array.from({ length: PARTITIONS_PER_GROUP }, (_, partition) => [
              partitionKey({ topic, partition }),
              { offset: offsetOn<"source">(0n), metadata: "" },
            ]),
          ),
        ),
      );
      topics = wanted;
    },
    stop: async () => {
      await producer.disconnect();
      await cluster.close();
      // The controller last: the others take their leave of it.
      for (const one of started.toReversed()) await one.stop();
    },
  };
}
