import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Producer } from "kafkajs";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import type { Side } from "#core/kafka/offset.ts";
import { kafkaAs } from "#local/demo/kafka-as.ts";
import { startEstate } from "#local/home/estate.ts";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";

export const SUPER_USER = "admin";
const IDEMPOTENT = { idempotent: true, maxInFlightRequests: 1 } as const;

type Connected<S extends Side> = Cluster<S> & { close(): Promise<void> };
/** One cluster that waves are on, with a way in for whoever measures. */
export type PaperCluster<S extends Side> = {
  readonly broker: Broker;
  readonly cluster: Connected<S>;
  readonly producer: Producer;
};

export type PaperClusters = {
  readonly source: PaperCluster<"source">;
  readonly target: PaperCluster<"target">;
  /** Another source, which can fall silent. */
  readonly other?: PaperCluster<"source">;
  /** Of SSM, Secrets Manager, CloudWatch and whatever else one asks moto for. */
  readonly awsUrl: string;
  stop(): Promise<void>;
};

/** Real brokers, one each, that hold thousands of partitions in little memory. */
export const startPaperClusters = async (o: {
  readonly directory: string;
  readonly heapMegabytes: number;
  readonly hasOther: boolean;
}): Promise<PaperClusters> => {
  const password = randomBytes(18).toString("hex");
  const options = {
    users: { [SUPER_USER]: password },
    superUsers: [SUPER_USER],
    allowEveryone: true,
    heapMegabytes: o.heapMegabytes,
    // Two indexes for each partition, which are mapped whole.
    properties: { "log.index.size.max.bytes": "65536" },
  };
  const estate = await startEstate({
    directory: o.directory,
    source: options,
    target: options,
    secrets: { [SUPER_USER]: { username: SUPER_USER, password } },
  });
  const stops: (() => Promise<unknown>)[] = [() => estate.stop()];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  const connect = async <S extends Side>(side: S, broker: Broker): Promise<PaperCluster<S>> => {
    const cluster = connectCluster(side, {
      bootstrapServers: [broker.bootstrapServers],
      tls: false,
      sasl: { mechanism: "SCRAM-SHA-256", username: SUPER_USER, password },
      clientId: "bench",
      // Thousands of partitions are not made in a moment.
      requestTimeoutMilliseconds: 90_000,
    });
    // A batch that is tried again must not stand twice.
    const producer = kafkaAs(broker.bootstrapServers, SUPER_USER, password).producer(IDEMPOTENT);
    stops.push(() => Promise.all([cluster.close(), producer.disconnect()]));
    await producer.connect();
    return { broker, cluster, producer };
  };
  try {
    let other: Broker | undefined;
    if (o.hasOther) {
      const started = await startBroker({
        ...options,
        name: "other",
        directory: join(o.directory, "other"),
        ownSession: true,
      });
      other = started;
      stops.push(async () => {
        // It may stand still.
        started.kill("SIGCONT");
        await started.stop();
      });
    }
    return {
      source: await connect("source", estate.source),
      target: await connect("target", estate.target),
      ...(other !== undefined && { other: await connect("source", other) }),
      awsUrl: estate.awsUrl,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};
