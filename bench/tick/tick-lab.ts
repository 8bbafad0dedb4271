import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import type { Context } from "aws-lambda";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { executionName } from "#adapters/sfn/execution-name.ts";
import { migrationSchema } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { kafkaAs } from "#local/demo/kafka-as.ts";
import {
  awsEnvironment,
  handlerEnvironment,
  hostTelemetry,
  LOCAL_CREDENTIALS,
} from "#local/home/control-environment.ts";
import { startEstate } from "#local/home/estate.ts";
import { DEFAULT_REGION, stateMachineArn, TABLE } from "#local/home/local-account.ts";
import { ensureStateMachines, ensureTable, ensureTopic } from "#local/home/resources.ts";
import { startDynamoDb } from "#local/processes/start-dynamodb.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { startConnectStandIn } from "./connect-stand-in.ts";
import {
  commitAll,
  connectorsOf,
  declaredWave,
  FIRST_RECORDS,
  type PaperWave,
  rowOf,
  settleWave,
  topicOf,
} from "./wave-on-paper.ts";

export type PaperMigration = { readonly name: string; readonly waves: readonly PaperWave[] };

/** Real brokers, the real table and the real handler of a tick; Connect and ECS are stood in for. One per process: handlers keep their clients. */
export type TickLab = {
  readonly store: WaveStore;
  /** Pids of the brokers. */
  readonly brokers: Readonly<Record<"source" | "target", number>>;
  readonly refs: (migration: string) => readonly WaveRef[];
  /** The handler itself, as the timer's function invokes it. */
  tick(ref: WaveRef): Promise<{ readonly outcome: string }>;
  /** One more record on each partition of these waves, mirrored, and consumed where their groups have moved. */
  write(refs: readonly WaveRef[]): Promise<void>;
  stop(): Promise<void>;
};

const SUPER_USER = "admin";
const IDEMPOTENT = { idempotent: true, maxInFlightRequests: 1 } as const;
const ALARM = "orders-failing";

const BROKER = {
  superUsers: [SUPER_USER],
  allowEveryone: true,
  // Ten thousand partitions on one broker: small buffers, and nothing cleaned or flushed while it is measured.
  properties: {
    "log.index.size.max.bytes": "65536",
    "log.cleaner.enable": "true",
    "log.retention.check.interval.ms": "3600000",
  },
} as const;

export const startTickLab = async (o: {
  readonly directory: string;
  readonly migrations: readonly PaperMigration[];
  readonly heapMegabytes: number;
}): Promise<TickLab> => {
  const { directory } = o;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const password = randomBytes(18).toString("hex");
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const cluster = { ...BROKER, users: { [SUPER_USER]: password }, heapMegabytes: o.heapMegabytes };
    const secret = { username: SUPER_USER, password };
    const [estate, dynamodb, standIn] = await Promise.all([
      startEstate({ directory, source: cluster, target: cluster, secrets: { [SUPER_USER]: secret } }),
      startDynamoDb({ directory, storage: "memory" }),
      startConnectStandIn(),
    ]);
    stops.push(() => Promise.all([estate.stop(), dynamodb.process.stop(), standIn.stop()]));
    Object.assign(process.env, {
      ...awsEnvironment(
        DEFAULT_REGION,
        {
          edge: estate.awsUrl,
          dynamodb: dynamodb.url,
          ssm: estate.awsUrl,
          secretsManager: estate.awsUrl,
          cloudwatch: estate.awsUrl,
        },
        LOCAL_CREDENTIALS,
      ),
      ...handlerEnvironment(DEFAULT_REGION, directory),
      ...hostTelemetry,
      AWS_ENDPOINT_URL_ECS: standIn.url,
      POWERTOOLS_LOG_LEVEL: "ERROR",
    });
    const client = new DynamoDBClient({});
    const [sfn, sns, cloudwatch] = [new SFNClient({}), new SNSClient({}), new CloudWatchClient({})];
    stops.push(async () => [client, sfn, sns, cloudwatch].forEach((one) => one.destroy()));
    await ensureTable(client);
    await ensureTopic(sns, DEFAULT_REGION);
    await ensureStateMachines(sfn, DEFAULT_REGION);
    await cloudwatch.send(
      new PutMetricAlarmCommand({ AlarmName: ALARM, ComparisonOperator: "GreaterThanThreshold", EvaluationPeriods: 1 }),
    );
    const store = dynamoWaveStore({ client, tableName: TABLE });
    const bootstrapServers = { source: estate.source.bootstrapServers, target: estate.target.bootstrapServers };
    const kafka = {
      source: kafkaAs(bootstrapServers.source, SUPER_USER, password),
      target: kafkaAs(bootstrapServers.target, SUPER_USER, password),
    };
    const connect = <S extends "source" | "target">(side: S) =>
      connectCluster(side, {
        bootstrapServers: [bootstrapServers[side]],
        tls: false,
        sasl: { mechanism: "SCRAM-SHA-256", username: SUPER_USER, password },
        clientId: "bench",
      });
    const logs = { kafka, source: connect("source"), target: connect("target") };
    // Idempotent: a batch that is tried again must not stand twice.
    const producers = { source: kafka.source.producer(IDEMPOTENT), target: kafka.target.producer(IDEMPOTENT) };
    stops.push(() =>
      Promise.all([
        logs.source.close(),
        logs.target.close(),
        producers.source.disconnect(),
        producers.target.disconnect(),
      ]),
    );
    await Promise.all([producers.source.connect(), producers.target.connect()]);

    const waveOf = new Map<string, PaperWave>();
    const refsOf = ({ name, waves }: PaperMigration): WaveRef[] => waves.map(({ wave }) => ({ migration: name, wave }));
    const nameOf = (ref: WaveRef): string => `${ref.migration}/${ref.wave}`;
    const planned = (ref: WaveRef): PaperWave => {
      const wave = waveOf.get(nameOf(ref));
      if (wave === undefined) throw new Error(`no wave ${nameOf(ref)}`);
      return wave;
    };
    const append = async (refs: readonly WaveRef[], count: number): Promise<void> => {
      const timestamp = String(Date.now());
      const topicMessages = refs.map((ref) => ({
        topic: topicOf(ref),
        messages: Array.from({ length: planned(ref).partitions }, (_, partition) =>
          Array.from({ length: count }, () => ({
            partition,
            timestamp,
            key: `${partition}`,
            value: randomBytes(20).toString("hex"),
          })),
        ).flat(),
      }));
      for (const side of ["source", "target"] as const) await producers[side].sendBatch({ topicMessages });
    };

    const now = Date.now() - 60_000;
    for (const migration of o.migrations) {
      for (const wave of migration.waves) waveOf.set(`${migration.name}/${wave.wave}`, wave);
      const file = migrationSchema.parse(migrationFile(migration, bootstrapServers));
      const rows = migration.waves.map((wave) => rowOf(migration.name, wave, now));
      await store.createMigration(file, rows, { by: "olga", signedInAs: "jwt:olga", at: now });
      const topics = migration.waves.map((wave) => ({
        topic: topicOf({ migration: migration.name, wave: wave.wave }),
        numPartitions: wave.partitions,
      }));
      const specs = topics.map(({ topic: name, numPartitions: partitions }) => ({
        name,
        partitions,
        replicationFactor: 1,
        configs: {},
      }));
      await Promise.all([logs.source.topics.create(specs), logs.target.topics.create(specs)]);
      // Their leaders serve them a moment after they are named.
      const all = specs.flatMap(({ name: topic, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
      );
      await Promise.all([logs.source.log.ends(all), logs.target.log.ends(all)]);
      for (const ref of refsOf(migration)) {
        const wave = planned(ref);
        await append([ref], FIRST_RECORDS);
        await settleWave(store, logs, ref, wave);
        for (const [name, connector] of connectorsOf(ref, wave)) standIn.connectors.set(name, connector);
        await sfn.send(
          new StartExecutionCommand({
            stateMachineArn: stateMachineArn(DEFAULT_REGION, "wave"),
            name: executionName({ ...ref, attempt: 1, run: 1 }),
            input: "{}",
          }),
        );
      }
    }
    const { handler } = await import("#functions/timer/tick-wave.ts");
    const context = { functionName: "timer-tick-wave", awsRequestId: "bench" } as Context;
    return {
      store,
      brokers: { source: estate.source.pid, target: estate.target.pid },
      refs: (name) => o.migrations.filter((one) => one.name === name).flatMap(refsOf),
      tick: (ref) => handler(ref, { ...context, getRemainingTimeInMillis: () => 50_000 }),
      async write(refs) {
        await append(refs, 1);
        await Promise.all(
          refs.map(async (ref) => {
            const wave = planned(ref);
            const records = mirrored(standIn.connectors.get(connectorName(ref, 1, "forward")), topicOf(ref));
            if (wave.phase === "replicating") await commitAll(logs.source, ref, wave, records);
            else await commitAll(logs.target, ref, wave, records);
          }),
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** One more record of the topic is mirrored; how many by now. */
const mirrored = (
  connector: { readonly topics: ReadonlyMap<string, { records: number }> } | undefined,
  name: string,
): number => {
  const topic = connector?.topics.get(name);
  if (topic === undefined) throw new Error(`no connector of ${name}`);
  return ++topic.records;
};

const migrationFile = (
  { name, waves }: PaperMigration,
  bootstrapServers: Readonly<Record<"source" | "target", string>>,
) => {
  const auth = { type: "scram", mechanism: "SCRAM-SHA-256", secret: SUPER_USER } as const;
  const mirror = (direction: string) => ({ principal: `User:mirror-${direction}`, auth });
  return {
    name,
    source: { bootstrapServers: [bootstrapServers.source], auth },
    target: { bootstrapServers: [bootstrapServers.target], auth },
    replicator: { forward: mirror("forward"), reverse: mirror("reverse") },
    people: [
      { id: "olga", roles: ["operator"] },
      { id: "carl", roles: ["cutover-approver"] },
      { id: "sara", roles: ["seal-approver"] },
      { id: "dana", roles: ["seal-approver"] },
    ],
    policy: {
      // As on a timer of a minute, where each tick stores where moved groups stand.
      wayBackSampleSeconds: 0.001,
      alarms: [{ name: ALARM }],
      rollbackRules: [{ kind: "lag", maxLagRecords: 1_000_000, forSeconds: 60 }],
    },
    waves: waves.map((wave) => declaredWave(name, wave)),
  };
};
