import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import type { Kafka } from "kafkajs";
import { type Estate, startEstate } from "../home/estate.ts";
import { DEFAULT_REGION } from "../home/local-account.ts";
import type { Child } from "../processes/child.ts";
import type { AppsSettingsInput } from "./apps/settings.ts";
import { flatIds, type JournalLine, readLiveJournals } from "./checker/journal-lines.ts";
import {
  allUsers,
  clientsOf,
  type DemoGroup,
  type DemoProducer,
  declaredRights,
  idleGroups,
  liveGroups,
  OPERATING,
  SUPER_USER,
  switchOf,
  WAVES,
} from "./estate-declaration.ts";
import { kafkaAs } from "./kafka-as.ts";
import { addRights } from "./kafka-rights.ts";
import { secretOf } from "./migration-file.ts";
import { startApps } from "./start-apps.ts";

export type DemoEstate = {
  readonly estate: Estate;
  readonly bootstrapServers: Readonly<Record<"source" | "target", string>>;
  /** As the clusters' super user, for the demo itself and its checker. */
  readonly asAdmin: Readonly<Record<"source" | "target", Kafka>>;
  readonly passwords: Readonly<Record<string, string>>;
  readonly journal: string;
  readJournal(): JournalLine[];
  /** Lets the idle groups fall behind and starts the applications on the source. */
  startApplications(): Promise<void>;
  /** Reads the idle groups to the end on the target. */
  startLateReaders(): Promise<void>;
  /** Orders every producer to pause, whichever side it is on. */
  pauseProducers(): Promise<void>;
  stopApplications(): Promise<void>;
  stop(): Promise<void>;
};

const TOPICS = WAVES.flatMap((wave) => wave.topics);
const PRODUCERS = WAVES.flatMap((wave) => wave.producers);
const LIVE = WAVES.flatMap(liveGroups);
const IDLE = WAVES.flatMap(idleGroups);

const partitionsOf = (topic: string): number => TOPICS.find((one) => one.name === topic)?.partitions ?? 1;

/** Two clusters with what the applications need, and nothing on the target but rights. */
export const startDemoEstate = async (directory: string): Promise<DemoEstate> => {
  const journal = join(directory, "journal");
  await mkdir(journal, { recursive: true });
  const passwords = Object.fromEntries(allUsers.map((user) => [user, randomBytes(18).toString("hex")]));
  const cluster = { users: passwords, superUsers: [SUPER_USER], allowEveryone: false, heapMegabytes: 256 };
  const estate = await startEstate({
    directory,
    source: cluster,
    target: cluster,
    secrets: Object.fromEntries(
      Object.values(OPERATING).map((user) => [
        secretOf(user),
        { username: user, password: passwordOf(passwords, user) },
      ]),
    ),
    parameters: Object.fromEntries(WAVES.flatMap(clientsOf).map((client) => [switchOf(client), "paused"])),
  });
  const processes: Child[] = [];
  const stopApplications = async (): Promise<void> => {
    await Promise.all(processes.splice(0).map((child) => child.stop()));
  };
  try {
    const bootstrapServers = { source: estate.source.bootstrapServers, target: estate.target.bootstrapServers };
    const admin = passwordOf(passwords, SUPER_USER);
    const asAdmin = {
      source: kafkaAs(bootstrapServers.source, SUPER_USER, admin),
      target: kafkaAs(bootstrapServers.target, SUPER_USER, admin),
    };
    await createTopics(asAdmin.source, TOPICS);
    await ageTopics(asAdmin.source, TOPICS);
    await addRights(asAdmin.source, declaredRights.source);
    await addRights(asAdmin.target, declaredRights.target);
    const turn = async (client: string, position: "source" | "paused" | "target"): Promise<void> => {
      const ssm = new SSMClient({
        endpoint: estate.awsUrl,
        region: DEFAULT_REGION,
        credentials: { accessKeyId: "local", secretAccessKey: "local" },
      });
      const name = switchOf(client);
      await ssm.send(new PutParameterCommand({ Name: name, Value: position, Type: "String", Overwrite: true }));
      ssm.destroy();
    };
    const run = async (name: string, clients: AppsSettingsInput["clients"]): Promise<Child> => {
      const child = await startApps({
        name,
        directory: join(directory, "applications"),
        settings: {
          ssm: { endpoint: estate.awsUrl, region: DEFAULT_REGION },
          pollMilliseconds: clients.some((client) => client.kind !== "consumer") ? 150 : 300,
          clusters: {
            source: { bootstrapServers: [bootstrapServers.source] },
            target: { bootstrapServers: [bootstrapServers.target] },
          },
          journal,
          clients,
        },
      });
      processes.push(child);
      return child;
    };
    const readJournal = (): JournalLine[] => (readdirSync(journal).length === 0 ? [] : readLiveJournals(journal));
    const signIn = (user: string) => ({
      name: user,
      username: user,
      password: passwordOf(passwords, user),
      switch: switchOf(user),
    });
    const producer = (declared: DemoProducer): AppsSettingsInput["clients"][number] => {
      const { name, topic, recordsPerSecond, backlog } = declared;
      const partitions = partitionsOf(topic);
      return { kind: "producer", ...signIn(name), topic, partitions, load: { recordsPerSecond, backlog } };
    };
    const reader = (group: DemoGroup, isEarly: boolean): AppsSettingsInput["clients"][number] => {
      const common = { ...signIn(group.id), group: group.id };
      const { writes, idle, recordsPerSecondOnSource } = group;
      if (writes !== undefined)
        return {
          kind: "both",
          ...common,
          transactionalId: writes.transactionalId,
          reads: group.topics[0] ?? "",
          writes: writes.to,
          deadLetters: writes.deadLetters,
          partitions: partitionsOf(writes.to),
        };
      return {
        kind: "consumer",
        ...common,
        topics: [...group.topics],
        ...(recordsPerSecondOnSource === undefined ? {} : { recordsPerSecondOnSource }),
        ...(isEarly && idle !== undefined
          ? { stopsAfterRecords: idle.stopsAfterRecords, leavesOut: [...idle.leavesOut] }
          : {}),
      };
    };
    return {
      estate,
      bootstrapServers,
      asAdmin,
      passwords,
      journal,
      readJournal,
      stopApplications,
      async startApplications() {
        await Promise.all(WAVES.flatMap(clientsOf).map((client) => turn(client, "source")));
        // A process for a wave's producers, and one for its other clients: each costs as much memory as all that runs in it.
        await Promise.all(WAVES.map((wave) => run(`${wave.name}-producers`, wave.producers.map(producer))));
        const early = await run(
          "early-readers",
          IDLE.map((group) => reader(group, true)),
        );
        await until(60, "the idle groups to read their first records", () => {
          const lines = readJournal();
          return IDLE.every((g) => processedBy(lines, g.id) >= (g.idle?.stopsAfterRecords ?? 0));
        });
        await early.stop();
        processes.splice(processes.indexOf(early), 1);
        await Promise.all(IDLE.map((group) => turn(group.id, "paused")));
        await Promise.all(
          WAVES.map((wave) =>
            run(
              `${wave.name}-readers`,
              liveGroups(wave).map((group) => reader(group, false)),
            ),
          ),
        );
        await until(60, "every live group to process records", () => {
          const lines = readJournal();
          return LIVE.every((group) => processedBy(lines, group.id) > 0);
        });
      },
      async startLateReaders() {
        await Promise.all(IDLE.map((group) => turn(group.id, "target")));
        await run(
          "late-readers",
          IDLE.map((group) => reader(group, false)),
        );
      },
      async pauseProducers() {
        await Promise.all(PRODUCERS.map((producer) => turn(producer.name, "paused")));
        await until(15, "the producers to pause", () => {
          const lines = readJournal();
          return PRODUCERS.every(({ name }) => isPaused(lines, name));
        });
      },
      async stop() {
        await stopApplications();
        await estate.stop();
      },
    };
  } catch (error) {
    await stopApplications();
    await estate.stop();
    throw error;
  }
};

export const passwordOf = (passwords: Readonly<Record<string, string>>, user: string): string => {
  const password = passwords[user];
  if (password === undefined) throw new Error(`no password for ${user}`);
  return password;
};

export const processedBy = (lines: readonly JournalLine[], group: string): number =>
  lines.reduce((sum, l) => (l.what === "processed" && l.group === group ? sum + flatIds(l.ids).length : sum), 0);

const isPaused = (lines: readonly JournalLine[], client: string): boolean =>
  lines.filter((l) => l.client === client && (l.what === "started" || l.what === "paused")).at(-1)?.what === "paused";

type TopicToMake = { readonly name: string; readonly partitions: number };

export const createTopics = async (kafka: Kafka, wanted: readonly TopicToMake[]): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createTopics({
      waitForLeaders: true,
      topics: wanted.map((topic) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        configEntries: [{ name: "retention.ms", value: String(7 * 86_400_000) }],
      })),
    });
  } finally {
    await admin.disconnect();
  }
};

/**
 * Gives every partition of the source a past that retention has deleted already, a different one each: its offsets are not
 * those that the mirror's copies get.
 */
export const ageTopics = async (kafka: Kafka, topics: readonly TopicToMake[]): Promise<void> => {
  const producer = kafka.producer();
  const admin = kafka.admin();
  await Promise.all([producer.connect(), admin.connect()]);
  try {
    for (const { name, partitions } of topics) {
      const pasts = Array.from({ length: partitions }, (_, partition) => ({
        partition,
        records: 700 + 130 * partition,
      }));
      await producer.send({
        topic: name,
        acks: -1,
        messages: pasts.flatMap(({ partition, records }) =>
          Array.from({ length: records }, () => ({ partition, value: "before" })),
        ),
      });
      // Makes kafkajs load the topic's metadata, which the deletion needs. A batch that it sent twice, because another
      // partition's leader was not there yet, goes whole.
      const ends = await admin.fetchTopicOffsets(name);
      await admin.deleteTopicRecords({
        topic: name,
        partitions: ends.map(({ partition, high }) => ({ partition, offset: high })),
      });
    }
  } finally {
    await Promise.all([producer.disconnect(), admin.disconnect()]);
  }
};

export const until = async (seconds: number, what: string, isSo: () => boolean | Promise<boolean>): Promise<void> => {
  const begun = Date.now();
  while (!(await isSo())) {
    if (Date.now() - begun > seconds * 1000) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await sleep(250);
  }
};
