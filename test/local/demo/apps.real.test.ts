import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AppsSettingsInput } from "#local/demo/apps/settings.ts";
import { checkRecords } from "#local/demo/checker/check-records.ts";
import { flatIds, type JournalLine, readLiveJournals } from "#local/demo/checker/journal-lines.ts";
import {
  compareRights,
  connectorsInConfigTopics,
  filesThatHold,
  internalTopics,
  listRights,
  rightLine,
  settingsThatDiffer,
  topicsThatHold,
} from "#local/demo/checker/left-behind.ts";
import { readLog } from "#local/demo/checker/read-log.ts";
import { kafkaAs } from "#local/demo/kafka-as.ts";
import { addRights, removeRights } from "#local/demo/kafka-rights.ts";
import { startApps } from "#local/demo/start-apps.ts";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";
import type { Child } from "#local/processes/child.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";

const directory = mkdtempSync(join(tmpdir(), "demo-apps-"));
const journal = join(directory, "journal");
const users = { admin: "admin-pw", api: "api-pw", reader: "reader-pw", slow: "slow-pw" };
const running: Child[] = [];
const brokers: Broker[] = [];
let moto: Moto;
let ssm: SSMClient;
let clusters: Record<"source" | "target", { bootstrapServers: string[] }>;

const admin = (side: "source" | "target") => kafkaAs(clusters[side].bootstrapServers[0] ?? "", "admin", users.admin);
const turn = async (client: string, to: string): Promise<void> => {
  await ssm.send(new PutParameterCommand({ Name: `/${client}`, Value: to, Type: "String", Overwrite: true }));
};
/** The last thing it noted about itself, not about a record: a start that failed and was tried again is none. */
const hasPaused = (client: string): boolean =>
  lines()
    .filter((line) => line.client === client && ["started", "paused", "fault"].includes(line.what))
    .at(-1)?.what === "paused";
const lines = (): JournalLine[] => readLiveJournals(journal);
const count = (what: "acknowledged" | "processed", on: string, client?: string): number =>
  lines().reduce(
    (sum, line) =>
      line.what === what && line.on === on && (client === undefined || line.client === client)
        ? sum + flatIds(line.ids).length
        : sum,
    0,
  );

beforeAll(async () => {
  const start = async (name: string): Promise<Broker> => {
    const broker = await startBroker({
      name,
      directory: join(directory, name),
      users,
      superUsers: ["admin"],
      allowEveryone: false,
    });
    brokers.push(broker);
    return broker;
  };
  const [source, target] = await Promise.all([start("source"), start("target")]);
  moto = await startMoto({ name: "moto", directory, region: "eu-central-1" });
  ssm = new SSMClient({
    endpoint: moto.url,
    region: "eu-central-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  clusters = {
    source: { bootstrapServers: [source.bootstrapServers] },
    target: { bootstrapServers: [target.bootstrapServers] },
  };
  for (const side of ["source", "target"] as const) {
    const kafka = admin(side).admin();
    await kafka.connect();
    await kafka.createTopics({ topics: [{ topic: "orders", numPartitions: 3 }] });
    await kafka.disconnect();
    const allow = { permission: "ALLOW", isPrefixed: false } as const;
    await addRights(admin(side), [
      { ...allow, principal: "User:api", operation: "WRITE", type: "TOPIC", name: "orders" },
      { ...allow, principal: "User:reader", operation: "READ", type: "TOPIC", name: "orders" },
      { ...allow, principal: "User:slow", operation: "READ", type: "TOPIC", name: "orders" },
      { ...allow, principal: "User:reader", operation: "READ", type: "GROUP", name: "reader" },
      { ...allow, principal: "User:slow", operation: "READ", type: "GROUP", name: "slow" },
    ]);
  }
});

afterAll(async () => {
  await Promise.all(running.map((child) => child.stop()));
  ssm?.destroy();
  await moto?.process.stop();
  await Promise.all(brokers.map((broker) => broker.stop()));
  rmSync(directory, { recursive: true, force: true });
});

const settings = (clients: AppsSettingsInput["clients"]): AppsSettingsInput => ({
  ssm: { endpoint: moto.url, region: "eu-central-1" },
  pollMilliseconds: 100,
  clusters,
  journal,
  clients,
});
const reader = (
  name: "reader" | "slow",
  o: { recordsPerSecondOnSource?: number } = {},
): AppsSettingsInput["clients"][number] => ({
  kind: "consumer",
  name,
  group: name,
  username: name,
  password: users[name],
  switch: `/${name}`,
  topics: ["orders"],
  ...o,
});

test("clients work where their switch points, pause cleanly, and the checker sees exactly what they did", async () => {
  for (const client of ["api", "reader", "slow"]) await turn(client, "source");
  const producer = await startApps({
    name: "producer",
    directory,
    settings: settings([
      {
        kind: "producer",
        name: "api",
        username: "api",
        password: users.api,
        switch: "/api",
        topic: "orders",
        partitions: 3,
        load: { recordsPerSecond: 400, backlog: 1500, keys: 50 },
      },
    ]),
  });
  running.push(producer);
  running.push(
    await startApps({
      name: "consumers",
      directory,
      settings: settings([reader("reader"), reader("slow", { recordsPerSecondOnSource: 150 })]),
    }),
  );
  await expect.poll(() => count("acknowledged", "source"), { timeout: 20_000 }).toBeGreaterThan(3000);
  await expect.poll(() => count("processed", "source", "slow"), { timeout: 20_000 }).toBeGreaterThan(300);
  expect(count("processed", "source", "slow")).toBeLessThan(count("processed", "source", "reader") - 1000);

  await turn("api", "paused");
  await expect.poll(() => hasPaused("api"), { timeout: 5000 }).toBe(true);
  const atPause = count("acknowledged", "source");
  await sleep(500);
  expect(count("acknowledged", "source")).toBe(atPause);

  // A rate-limited reader is thousands behind; on the other side of its switch it would be unlimited.
  await turn("slow", "paused");
  await expect.poll(() => hasPaused("slow"), { timeout: 5000 }).toBe(true);
  const done = count("processed", "source", "slow");
  const groups = admin("source").admin();
  await groups.connect();
  const committed = (await groups.fetchOffsets({ groupId: "slow", topics: ["orders"] }))
    .flatMap((topic) => topic.partitions)
    // -1: nothing committed there yet.
    .reduce((sum, partition) => sum + Math.max(0, Number(partition.offset)), 0);
  const { groups: described } = await groups.describeGroups(["slow"]);
  await groups.disconnect();
  expect(committed, "everything processed is committed when it says paused").toBe(done);
  expect(described[0]?.state).toBe("Empty");

  await expect.poll(() => count("processed", "source", "reader"), { timeout: 20_000 }).toBe(atPause);
  const log = await readLog(admin("source"), ["orders"]);
  const verdict = checkRecords(lines(), { source: log, target: log }, [
    { id: "reader", topics: ["orders"] },
    { id: "slow", topics: ["orders"] },
  ]);
  expect(verdict.findings).toEqual([`group slow: ${atPause - done} lost`]);
  expect(verdict).toMatchObject({ acknowledged: atPause, unclear: 0 });

  // The target holds nothing: every record that should be there is missed.
  const empty = await readLog(admin("target"), ["orders"]);
  const { findings } = checkRecords(lines(), { source: log, target: empty }, [{ id: "reader", topics: ["orders"] }]);
  expect(findings.filter((f) => /^target log of orders\/\d: \d+ lost$/.test(f))).toHaveLength(3);
});

test("a client told to go to the other cluster works there", async () => {
  const before = count("acknowledged", "target");
  await turn("api", "target");
  await turn("reader", "paused");
  await turn("reader", "target");
  await expect.poll(() => count("acknowledged", "target"), { timeout: 10_000 }).toBeGreaterThan(before + 100);
  await expect.poll(() => count("processed", "target", "reader"), { timeout: 10_000 }).toBeGreaterThan(100);
  expect(readdirSync(journal).sort()).toEqual(["api.ndjson", "reader.ndjson", "slow.ndjson"]);
});

test("a refused record is noted as unclear, never sent again, and counted as not there", async () => {
  const fence = {
    principal: "User:api",
    operation: "WRITE",
    type: "TOPIC",
    name: "orders",
    isPrefixed: false,
  } as const;
  await removeRights(admin("target"), [{ ...fence, permission: "ALLOW" }]);
  await expect
    .poll(() => lines().filter((line) => line.what === "unclear").length, { timeout: 10_000 })
    .toBeGreaterThan(0);
  await addRights(admin("target"), [{ ...fence, permission: "ALLOW" }]);
  const refused = count("acknowledged", "target");
  await expect.poll(() => count("acknowledged", "target"), { timeout: 10_000 }).toBeGreaterThan(refused);
  await turn("api", "paused");
  await sleep(600);
  await expect
    .poll(() => count("processed", "target", "reader"), { timeout: 10_000 })
    .toBe(count("acknowledged", "target"));
  const log = await readLog(admin("target"), ["orders"]);
  const onTarget = lines().filter((line) => "on" in line && line.on === "target");
  const nothing = new Map([...log.keys()].map((place) => [place, []]));
  const { findings, unclear, unclearFound } = checkRecords(onTarget, { source: nothing, target: log }, [
    { id: "reader", topics: ["orders"] },
  ]);
  expect(findings).toEqual([]);
  expect(unclear).toBeGreaterThan(0);
  expect(unclearFound).toBe(0);
});

test("rights are listed as they are, and one too many is found", async () => {
  const before = await listRights(admin("target"));
  expect(before).toContain("ALLOW User:api WRITE TOPIC orders");
  expect(before).toHaveLength(5);
  const leftover = {
    permission: "ALLOW",
    principal: "User:mirror",
    operation: "CREATE",
    type: "TOPIC",
    name: "internal-",
    isPrefixed: true,
  } as const;
  await addRights(admin("target"), [leftover]);
  expect(compareRights("target", await listRights(admin("target")), before)).toEqual([
    `target cluster: access right left behind: ${rightLine(leftover)}`,
  ]);
});

test("a connector that Connect's own topic still holds is found, one that was removed is not, and a password anywhere is", async () => {
  const kafka = admin("source");
  const topics = kafka.admin();
  await topics.connect();
  await topics.createTopics({ topics: [{ topic: "sluice-x-forward-configs", numPartitions: 1 }] });
  await topics.disconnect();
  const worker = kafka.producer();
  await worker.connect();
  const write = (key: string, value: string | null) =>
    worker.send({ topic: "sluice-x-forward-configs", messages: [{ key, value }] });
  await write("connector-removed", "{}");
  await write("connector-removed", null);
  await write("connector-still-there", '{"password":"api-pw"}');
  await write("task-still-there-0", "{}");
  await worker.disconnect();
  expect(await connectorsInConfigTopics(kafka, "source")).toEqual([
    "source cluster: connector left behind in sluice-x-forward-configs: still-there",
  ]);
  expect(await internalTopics(kafka)).toEqual(["sluice-x-forward-configs"]);
  expect(await topicsThatHold(kafka, ["sluice-x-forward-configs"], ["another-pw"])).toEqual([]);
  expect(await topicsThatHold(kafka, ["sluice-x-forward-configs"], ["api-pw"])).toEqual(["sluice-x-forward-configs"]);
  expect(filesThatHold(directory, [users.slow])).toContain(join(directory, "consumers.json"));
  expect(filesThatHold(journal, Object.values(users))).toEqual([]);
});

test("a setting that the seal did not put back is found", async () => {
  const both = { source: admin("source"), target: admin("target") };
  expect(await settingsThatDiffer(both, ["orders"])).toEqual([]);
  const topics = both.target.admin();
  await topics.connect();
  await topics.alterConfigs({
    validateOnly: false,
    resources: [{ type: 2, name: "orders", configEntries: [{ name: "retention.ms", value: "-1" }] }],
  });
  await topics.disconnect();
  await expect
    .poll(() => settingsThatDiffer(both, ["orders"]), { timeout: 5000 })
    .toEqual(["target cluster: retention.ms of topic orders is -1, and 604800000 on the source"]);
});
