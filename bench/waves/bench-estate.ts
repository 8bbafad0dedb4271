import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Kafka } from "kafkajs";
import { connectCluster } from "#adapters/kafka/connect-cluster.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { recordMaker } from "#local/demo/apps/make-records.ts";
import type { AppsSettingsInput } from "#local/demo/apps/settings.ts";
import { appsSettings } from "#local/demo/apps/settings.ts";
import { openJournal, packedIds } from "#local/demo/checker/journal-lines.ts";
import { kafkaAs } from "#local/demo/kafka-as.ts";
import { addRights } from "#local/demo/kafka-rights.ts";
import { startApps } from "#local/demo/start-apps.ts";
import { type Estate, startEstate } from "#local/home/estate.ts";
import { DEFAULT_REGION } from "#local/home/local-account.ts";
import type { Child } from "#local/processes/child.ts";
import type { ConsumerGroups } from "#use-cases/ports/cluster.ts";
import {
  allUsers,
  idleGroupsOf,
  liveGroupsOf,
  OPERATING,
  PARTITIONS,
  producerUsers,
  RECORD_BYTES,
  RECORDS_PER_SECOND,
  readerUsers,
  rights,
  SUPER_USER,
  secretOf,
  switchesOf,
  switchOf,
  topicOf,
} from "./declaration.ts";

const SEED_RECORDS = 2000;

type Position = "source" | "paused" | "target";
type Client = AppsSettingsInput["clients"][number];

export type BenchEstate = {
  readonly estate: Estate;
  readonly bootstrapServers: Readonly<Record<"source" | "target", string>>;
  readonly asAdmin: Readonly<Record<"source" | "target", Kafka>>;
  /** As a user who may do everything. */
  readonly sourceGroups: ConsumerGroups<"source">;
  /** Where the clients of a wave keep their journals. */
  journalOf(wave: string): string;
  /** Records in the wave's topic, commits of its idle groups somewhere before the end. */
  seed(wave: string): Promise<void>;
  /** The producers follow their switches from then on, at first paused. */
  startProducers(wave: string): Promise<Child>;
  startReaders(wave: string): Promise<Child>;
  turn(wave: string, clients: readonly string[], position: Position): Promise<void>;
  stop(): Promise<void>;
};

/** Where each idle group stands, on every partition, from the beginning on. */
export const idleCommits = (wave: string): ReadonlyMap<string, bigint> =>
  new Map(idleGroupsOf(wave).map((group, index) => [group, BigInt(index * 10)]));

/** Two clusters with a topic, its rights, switches and clients for each wave; nothing on the target but Sluice's own rights. */
export const startBenchEstate = async (directory: string, waves: readonly string[]): Promise<BenchEstate> => {
  const passwords = Object.fromEntries(allUsers.map((user) => [user, randomBytes(18).toString("hex")]));
  const passwordOf = (user: string): string => passwords[user] ?? "";
  const cluster = { users: passwords, superUsers: [SUPER_USER], allowEveryone: false, heapMegabytes: 512 };
  const estate = await startEstate({
    directory,
    source: cluster,
    target: cluster,
    secrets: Object.fromEntries(
      Object.values(OPERATING).map((user) => [secretOf(user), { username: user, password: passwordOf(user) }]),
    ),
    parameters: Object.fromEntries(waves.flatMap(switchesOf).map((name) => [name, "paused"])),
  });
  const bootstrapServers = { source: estate.source.bootstrapServers, target: estate.target.bootstrapServers };
  const asAdmin = {
    source: kafkaAs(bootstrapServers.source, SUPER_USER, passwordOf(SUPER_USER)),
    target: kafkaAs(bootstrapServers.target, SUPER_USER, passwordOf(SUPER_USER)),
  };
  // kafkajs joins a group to commit for it, which takes seconds.
  const source = connectCluster("source", {
    bootstrapServers: [bootstrapServers.source],
    tls: false,
    clientId: "bench",
    sasl: { mechanism: "SCRAM-SHA-256", username: SUPER_USER, password: passwordOf(SUPER_USER) },
  });
  const admin = asAdmin.source.admin();
  const producer = asAdmin.source.producer();
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const ssm = new SSMClient({ endpoint: estate.awsUrl, region: DEFAULT_REGION, credentials });
  const processes: Child[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(processes.map((child) => child.stop()));
    ssm.destroy();
    await Promise.all([admin.disconnect(), producer.disconnect(), source.close()]);
    await estate.stop();
  };
  const journalOf = (wave: string): string => join(directory, "journal", wave);
  const run = async (name: string, wave: string, clients: Client[], pollMilliseconds: number): Promise<Child> => {
    const child = await startApps({
      name: `${name}-${wave}`,
      directory: join(directory, "applications"),
      settings: {
        ssm: { endpoint: estate.awsUrl, region: DEFAULT_REGION },
        pollMilliseconds,
        clusters: {
          source: { bootstrapServers: [bootstrapServers.source] },
          target: { bootstrapServers: [bootstrapServers.target] },
        },
        journal: journalOf(wave),
        clients,
      },
    });
    processes.push(child);
    return child;
  };
  const signIn = (wave: string, name: string) => ({
    name,
    username: name,
    password: passwordOf(name),
    switch: switchOf(wave, name),
  });
  const writer = (wave: string, name: string) => ({
    kind: "producer" as const,
    ...signIn(wave, name),
    topic: topicOf(wave),
    partitions: PARTITIONS,
    load: { recordsPerSecond: RECORDS_PER_SECOND, minBytes: RECORD_BYTES.least, maxBytes: RECORD_BYTES.most },
  });
  try {
    await Promise.all([admin.connect(), producer.connect()]);
    await admin.createTopics({
      waitForLeaders: true,
      topics: waves.map((wave) => ({ topic: topicOf(wave), numPartitions: PARTITIONS })),
    });
    const declared = rights(waves);
    await addRights(asAdmin.source, declared.source);
    await addRights(asAdmin.target, declared.target);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    estate,
    bootstrapServers,
    asAdmin,
    sourceGroups: source.groups,
    journalOf,
    stop,
    async seed(wave) {
      const directoryOfWave = journalOf(wave);
      await mkdir(directoryOfWave, { recursive: true });
      const journal = openJournal(directoryOfWave, "seed");
      const topic = topicOf(wave);
      const settings = appsSettings.shape.clients.element.parse(writer(wave, producerUsers[0] ?? ""));
      if (settings.kind !== "producer") throw new Error("the seed is made by a producer");
      const make = recordMaker(settings);
      const records = Array.from({ length: SEED_RECORDS }, make).flat();
      const answers = await producer.send({ topic, acks: -1, messages: records.map((record) => record.message) });
      for (const { partition, baseOffset } of answers) {
        const ids = packedIds(records.filter((r) => r.message.partition === partition).map((r) => r.id));
        if (baseOffset === undefined) throw new Error(`the seed of ${topic} got no offsets`);
        const line = { client: "seed", topic, on: "source" as const, at: Date.now(), first: baseOffset, ids };
        journal.write({ what: "acknowledged", ...line, partition });
      }
      journal.close();
      for (const [group, offset] of idleCommits(wave)) {
        const commit = { offset: offsetOn<"source">(offset), metadata: "" };
        const partitions = Array.from({ length: PARTITIONS }, (_, partition) => partitionKey({ topic, partition }));
        await source.groups.commit(group, new Map(partitions.map((key) => [key, commit])));
      }
    },
    startProducers: (wave) =>
      run(
        "producers",
        wave,
        producerUsers.map((name) => writer(wave, name)),
        150,
      ),
    startReaders: (wave) =>
      run(
        "readers",
        wave,
        readerUsers.map((name, index) => ({
          kind: "consumer",
          ...signIn(wave, name),
          group: liveGroupsOf(wave)[index] ?? "",
          topics: [topicOf(wave)],
        })),
        300,
      ),
    async turn(wave, clients, position) {
      for (const client of clients)
        await ssm.send(
          new PutParameterCommand({ Name: switchOf(wave, client), Value: position, Type: "String", Overwrite: true }),
        );
    },
  };
};
