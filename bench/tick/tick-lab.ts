import { randomBytes } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { CloudWatchClient, PutMetricAlarmCommand } from "@aws-sdk/client-cloudwatch";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { SNSClient } from "@aws-sdk/client-sns";
import type { Context } from "aws-lambda";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { executionName } from "#adapters/sfn/execution-name.ts";
import { migrationSchema } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import {
  awsEnvironment,
  handlerEnvironment,
  hostTelemetry,
  LOCAL_CREDENTIALS,
} from "#local/home/control-environment.ts";
import { DEFAULT_REGION, stateMachineArn, TABLE } from "#local/home/local-account.ts";
import { ensureStateMachines, ensureTable, ensureTopic } from "#local/home/resources.ts";
import { startDynamoDb } from "#local/processes/start-dynamodb.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { startConnectStandIn } from "./connect-stand-in.ts";
import { type PaperClusters, SUPER_USER, startPaperClusters } from "./paper-clusters.ts";
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

export type PaperMigration = {
  readonly name: string;
  readonly waves: readonly PaperWave[];
  /** Its source is the cluster that can fall silent. */
  readonly isOnOther?: boolean;
};

/** Real brokers, the real table and the real handler of a tick; Connect and ECS are stood in for. One per process: handlers keep their clients. */
export type TickLab = {
  readonly store: WaveStore;
  readonly refs: (migration: string) => readonly WaveRef[];
  /** The handler itself, as the timer's function invokes it. */
  tick(ref: WaveRef): Promise<{ readonly outcome: string }>;
  /** One more record on each partition of these waves, mirrored, and consumed where their groups have moved. */
  write(refs: readonly WaveRef[]): Promise<void>;
  /** From now on the other source takes connections and answers nothing. */
  silenceOther(): void;
  wakeOther(): void;
  stop(): Promise<void>;
};

const ALARM = "orders-failing";

export const startTickLab = async (o: {
  readonly directory: string;
  readonly migrations: readonly PaperMigration[];
  readonly heapMegabytes: number;
}): Promise<TickLab> => {
  const { directory, heapMegabytes } = o;
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const stops: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const stop = async (): Promise<void> => {
    for (const one of stops.splice(0).reverse()) await one();
  };
  try {
    const hasOther = o.migrations.some(({ isOnOther }) => isOnOther === true);
    const clusters = await startPaperClusters({ directory, heapMegabytes, hasOther });
    stops.push(() => clusters.stop());
    const dynamodb = await startDynamoDb({ directory, storage: "memory" });
    stops.push(() => dynamodb.process.stop());
    const standIn = await startConnectStandIn();
    stops.push(() => standIn.stop());
    const { awsUrl } = clusters;
    const endpoints = { edge: awsUrl, dynamodb: dynamodb.url, ssm: awsUrl, secretsManager: awsUrl, cloudwatch: awsUrl };
    Object.assign(process.env, {
      ...awsEnvironment(DEFAULT_REGION, endpoints, LOCAL_CREDENTIALS),
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

    const known = new Map<string, { readonly wave: PaperWave; readonly source: PaperClusters["source"] }>();
    const refsOf = ({ name, waves }: PaperMigration): WaveRef[] => waves.map(({ wave }) => ({ migration: name, wave }));
    const placed = (ref: WaveRef) => {
      const found = known.get(`${ref.migration}/${ref.wave}`);
      if (found === undefined) throw new Error(`no wave ${ref.wave} of ${ref.migration}`);
      return found;
    };
    /** The same records on both sides, as a mirror would have brought them. */
    const append = async (refs: readonly WaveRef[], count: number): Promise<void> => {
      const timestamp = String(Date.now());
      const { target } = clusters;
      for (const [source, ofSource] of Map.groupBy(refs, (ref) => placed(ref).source)) {
        const topicMessages = ofSource.map((ref) => ({
          topic: topicOf(ref),
          messages: Array.from({ length: placed(ref).wave.partitions * count }, (_, n) => ({
            partition: Math.floor(n / count),
            timestamp,
            key: `${n}`,
            value: randomBytes(20).toString("hex"),
          })),
        }));
        await Promise.all([source, target].map(({ producer }) => producer.sendBatch({ topicMessages })));
      }
    };
    const setUp = async (migration: PaperMigration, now: number): Promise<void> => {
      const source = migration.isOnOther === true ? clusters.other : clusters.source;
      if (source === undefined) throw new Error(`${migration.name}: the lab has no other source`);
      const bothLogs = { source: source.cluster, target: clusters.target.cluster };
      for (const wave of migration.waves) known.set(`${migration.name}/${wave.wave}`, { wave, source });
      const servers = { source: source.broker.bootstrapServers, target: clusters.target.broker.bootstrapServers };
      const rows = migration.waves.map((wave) => rowOf(migration.name, wave, now));
      const posting = { by: "olga", signedInAs: "jwt:olga", at: now };
      await store.createMigration(migrationSchema.parse(migrationFile(migration, servers)), rows, posting);
      const refs = refsOf(migration);
      const specs = refs.map((ref) => ({
        name: topicOf(ref),
        partitions: placed(ref).wave.partitions,
        replicationFactor: 1,
        configs: {},
      }));
      const all = specs.flatMap(({ name: topic, partitions }) =>
        Array.from({ length: partitions }, (_, partition) => ({ topic, partition })),
      );
      await Promise.all(
        Object.values(bothLogs).map(async (cluster) => {
          await cluster.topics.create(specs);
          // Its leaders serve a topic a moment after they are named.
          await cluster.log.ends(all);
        }),
      );
      for (const ref of refs) {
        await append([ref], FIRST_RECORDS);
        await settleWave(store, bothLogs, ref, placed(ref).wave);
        for (const [name, connector] of connectorsOf(ref, placed(ref).wave)) standIn.connectors.set(name, connector);
        await sfn.send(
          new StartExecutionCommand({
            stateMachineArn: stateMachineArn(DEFAULT_REGION, "wave"),
            name: executionName({ ...ref, attempt: 1, run: 1 }),
            input: "{}",
          }),
        );
      }
    };
    for (const migration of o.migrations) await setUp(migration, Date.now() - 60_000);

    const { handler } = await import("#functions/timer/tick-wave.ts");
    const context = { functionName: "timer-tick-wave", awsRequestId: "bench" } as Context;
    return {
      store,
      refs: (name) => o.migrations.filter((one) => one.name === name).flatMap(refsOf),
      tick: (ref) => handler(ref, { ...context, getRemainingTimeInMillis: () => 50_000 }),
      async write(refs) {
        await append(refs, 1);
        await Promise.all(
          refs.map(async (ref) => {
            const { wave, source } = placed(ref);
            const records = oneMore(standIn.connectors.get(connectorName(ref, 1, "forward")), topicOf(ref));
            if (wave.phase === "replicating") await commitAll(source.cluster, ref, wave, records);
            else await commitAll(clusters.target.cluster, ref, wave, records);
          }),
        );
      },
      silenceOther() {
        clusters.other?.broker.kill("SIGSTOP");
      },
      wakeOther() {
        clusters.other?.broker.kill("SIGCONT");
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
};

/** One more record of the topic is mirrored on each partition; how many by now. */
const oneMore = (
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
