import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { marshall } from "@aws-sdk/util-dynamodb";
import type { Context } from "aws-lambda";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { verifyChain } from "#core/journal/chain.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { FUNCTIONS, type FunctionEntry } from "#functions/manifest.ts";
import type { InvokeFunction } from "#local/edge/invoke-function.ts";
import { type StreamPoller, startStreamPoller } from "#local/edge/stream/poller.ts";
import { announceMissing } from "#use-cases/announce-journal.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { migrationFile, waveFile } from "../../in-memory/migration.ts";
import { type LocalApi, startLocalApi } from "../local-api.ts";
import { REGION } from "../local-wire.ts";
import { type SnsOnTheWay, startSnsOnTheWay } from "../sns-on-the-way.ts";
import { type Notification, type Subscriber, subscribe } from "../subscriber.ts";

const OPERATOR = "arn:aws:iam::123456789012:user/olga";
const PEOPLE = [
  { id: "olga", roles: ["operator"], signsInAs: [OPERATOR] },
  { id: "omar", roles: ["operator"], signsInAs: ["jwt:omar"] },
  { id: "carl", roles: ["cutover-approver"], signsInAs: ["jwt:carl"] },
  { id: "sara", roles: ["seal-approver"], signsInAs: ["jwt:sara"] },
  { id: "tom", roles: ["seal-approver"], signsInAs: ["jwt:tom"] },
];
const WAVES = ["busy", "poisoned", "other", "away", "deaf", "asleep"];
const ref = (wave: string): WaveRef => ({ migration: "shop", wave });

let api: LocalApi;
let sns: SnsOnTheWay;
let store: WaveStore;
let poller: StreamPoller;
let subscriber: Subscriber;
/** Subscribed as the other is, and down all the while. */
let asleep: Subscriber;
const streams = { invocations: 0, failures: 0 };

beforeAll(async () => {
  sns = await startSnsOnTheWay();
  api = await startLocalApi({
    tokens: { "token-of-olga": { iam: OPERATOR }, "token-of-omar": "omar" },
    secrets: [],
    environment: {
      SLUICE_POSTERS: OPERATOR,
      SLUICE_READERS: "",
      SLUICE_SSO_ROLES: "",
      AWS_ENDPOINT_URL_SNS: sns.url,
    },
  });
  const { motoUrl, table, directory } = api.wire;
  sns.backend = motoUrl;
  store = dynamoWaveStore(table);
  subscriber = await subscribe(motoUrl, process.env["SLUICE_TOPIC_ARN"] ?? "", "listener");
  asleep = await subscribe(motoUrl, process.env["SLUICE_TOPIC_ARN"] ?? "", "asleep");
  const file = migrationFile({ people: PEOPLE, waves: WAVES.map(waveFile) });
  const posted = await api.call("token-of-olga", "POST", "/migrations", file);
  expect(posted.status, `${JSON.stringify(posted.body)} ${api.output.text()}`).toBe(201);
  const entry = FUNCTIONS.find(({ invokedBy }) => invokedBy.kind === "table-stream");
  if (entry?.invokedBy.kind !== "table-stream") throw new Error("no function follows the stream");
  poller = await startStreamPoller({
    entry,
    records: entry.invokedBy.records,
    stateDirectory: directory,
    region: REGION,
    table: table.tableName,
    dynamodb: table.client,
    streams: new DynamoDBStreamsClient({ endpoint: table.url }),
    invoke: await announcing(),
  });
});
afterAll(async () => {
  vi.restoreAllMocks();
  await poller?.end();
  await api?.stop();
  await sns?.stop();
});

/** The handler itself, as the edge has the host invoke it. */
const announcing = async (): Promise<InvokeFunction> => {
  const { handler } = await import("#functions/stream/announce-journal.ts");
  return async ({ name }: FunctionEntry, event) => {
    streams.invocations += 1;
    const value = await handler(event, { functionName: name, awsRequestId: "r" } as Context);
    if (value.batchItemFailures.length > 0) streams.failures += 1;
    return { requestId: "r", kind: "result", value };
  };
};

const note = async (wave: string, times = 1): Promise<void> => {
  for (let n = 0; n < times; n++) {
    const row = await store.wave(ref(wave));
    if (row === undefined) throw new Error("no row");
    await store.write(row, { ...row, run: row.run + 1 }, [{ event: "Noted", by: "sluice" }], Date.now());
  }
};

const realNow = Date.now;
let passed = 0;
/** By every clock of this process. */
const passTenMinutes = (): void => {
  passed += 600_000;
  vi.spyOn(Date, "now").mockImplementation(() => realNow() + passed);
};

const heard = async (wave: string): Promise<readonly Notification[]> =>
  (await subscriber.received()).filter(({ entry }) => entry.wave === wave);
const sequences = (notifications: readonly Notification[]): number[] =>
  notifications.map(({ entry }) => entry.sequence);
const upTo = (last: number): number[] => Array.from({ length: last }, (_, n) => n + 1);
const heardAll = (wave: string, last: number): Promise<readonly Notification[]> =>
  vi.waitFor(
    async () => {
      const notifications = await heard(wave);
      expect([...new Set(sequences(notifications))]).toEqual(upTo(last));
      return notifications;
    },
    { timeout: 20_000, interval: 100 },
  );

it("ten commands a second on one wave leave its chain whole, and each entry is announced once and in order", async () => {
  await note("busy");
  const row = await store.wave(ref("busy"));
  if (row === undefined) throw new Error("no row");
  await store.write(row, { ...row, phase: "replicating" }, [{ event: "Prepared", by: "the test" }], Date.now());
  const answers: Promise<{ readonly status: number }>[] = [];
  const ticks: Promise<number>[] = [];
  const announced = {
    announcer: await countingAnnouncer(),
    store,
    clock: clockOfNow,
    newId: () => `tick-${ticks.length}`,
  };
  for (let n = 0; n < 40; n++) {
    const [person, command] =
      [
        ["olga", "hold"],
        ["omar", "resume"],
        ["omar", "hold"],
        ["olga", "resume"],
      ][n % 4] ?? [];
    const path = `/migrations/shop/waves/busy/${command}`;
    answers.push(api.call(`token-of-${person}`, "POST", path, command === "hold" ? { reason: `reason ${n}` } : {}));
    // As the tick does, beside the stream.
    if (n % 5 === 0) ticks.push(announceMissing(announced, ref("busy"), "leave"));
    await sleep(100);
  }
  const statuses = (await Promise.all(answers)).map(({ status }) => status);
  await Promise.all(ticks);
  expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);

  const [journal, last] = [await store.journal(ref("busy")), await store.wave(ref("busy"))];
  expect(
    verifyChain(journal, (text) => createHash("sha256").update(text).digest("hex"), last?.journal),
  ).toBeUndefined();
  const written = journal.filter(({ event }) => event === "WaveHeld" || event === "WaveResumed");
  // Every one that changed the row stands in the journal, and none twice; the others were told so, or that it was so already.
  expect(written.length).toBeGreaterThanOrEqual(10);
  expect(written.map(({ event }) => event)).toEqual(written.map((_, n) => (n % 2 === 0 ? "WaveHeld" : "WaveResumed")));
  const notifications = await heardAll("busy", journal.length);
  expect(sequences(notifications)).toEqual(upTo(journal.length));
  expect(notifications.map(({ entry }) => entry)).toEqual(journal);
});

it("an entry that cannot be read is told of, and delays nobody but its own wave", async () => {
  const { client, tableName: TableName } = api.wire.table;
  const put = (pk: string, sk: string) =>
    client.send(new PutItemCommand({ TableName, Item: marshall({ pk, sk, content: "}{" }) }));
  await client.send(
    new UpdateItemCommand({
      TableName,
      Key: marshall({ pk: "MIGRATION#shop", sk: "WAVE#poisoned" }),
      UpdateExpression: "SET journal.#sequence = :one",
      ExpressionAttributeNames: { "#sequence": "sequence" },
      ExpressionAttributeValues: marshall({ ":one": 1 }),
    }),
  );
  vi.stubEnv("POWERTOOLS_METRICS_DISABLED", "false");
  api.output.clear();
  const failuresBefore = streams.failures;
  await put("WAVE#shop/poisoned", "EVENT#000000000001");
  await put("WAVE#of-no-migration", "EVENT#000000000001");
  const begun = performance.now();
  await note("other", 3);
  await heardAll("other", 3);
  expect(performance.now() - begun).toBeLessThan(20_000);
  expect(await heard("poisoned")).toEqual([]);
  vi.unstubAllEnvs();
  expect(streams.failures).toBe(failuresBefore);
  const told = api.output.lines().filter(({ message }) => message === "announcing the journal failed");
  expect(told.map(({ fault }) => JSON.stringify(fault)).toSorted()).toEqual([
    expect.stringContaining("item WAVE#shop/poisoned / EVENT#000000000001 holds text that is no JSON"),
    expect.stringContaining("WAVE#of-no-migration / EVENT#000000000001 names no wave"),
  ]);
  const faults = api.output.metrics().filter((line) => "Faults" in line);
  expect(faults.reduce((sum, { Faults }) => sum + Number(Faults), 0)).toBe(2);
  expect(faults[0]).toMatchObject({ function_name: "stream-announce-journal" });
});

it("a topic that is away for ten minutes loses no announcement, and says none twice when it is back", async () => {
  sns.mode = "away";
  const failuresBefore = streams.failures;
  await note("away", 5);
  await vi.waitFor(() => expect(streams.failures).toBeGreaterThan(failuresBefore), { timeout: 15_000 });
  expect(await heard("away")).toEqual([]);
  passTenMinutes();
  await note("away", 2);
  sns.mode = "there";
  expect(sequences(await heardAll("away", 7))).toEqual(upTo(7));
  expect(sns.met.away).toBeGreaterThan(3);
});

it("an announcement whose answer is lost may come twice, and each time with the same mark and the same words", async () => {
  sns.mode = "deaf";
  await note("deaf", 2);
  await vi.waitFor(() => expect(sns.met.deaf).toBeGreaterThan(1), { timeout: 15_000 });
  sns.mode = "there";
  const notifications = await heardAll("deaf", 2);
  expect(notifications.length).toBeGreaterThan(2);
  for (const [mark, ofMark] of Map.groupBy(notifications, (one) => one.mark)) {
    expect(mark).toBe(`shop deaf ${ofMark[0]?.entry.sequence}`);
    for (const { entry } of ofMark) expect(entry).toEqual(ofMark[0]?.entry);
  }
  // In order all the same: none after a later one.
  expect(sequences(notifications)).toEqual(sequences(notifications).toSorted((a, b) => a - b));
});

it("a subscriber that was down for ten minutes keeps nobody waiting, and hears all of it in order; what it had taken when it died comes again with the same mark", async () => {
  const downSince = Date.now();
  await note("asleep", 3);
  passTenMinutes();
  await note("asleep", 2);
  await heardAll("asleep", 5);
  expect(Date.now() - downSince).toBeGreaterThanOrEqual(600_000);
  const taken = await asleep.diesReceiving();
  expect(taken.length).toBeGreaterThan(0);
  const [late, others] = [await asleep.received(), await subscriber.received()];
  for (const one of taken) expect(late).toContainEqual(one);
  // All that was announced to anybody since it was subscribed, the same to both.
  expect(late.map(({ mark }) => mark).toSorted()).toEqual(others.map(({ mark }) => mark).toSorted());
  for (const [wave, ofWave] of Map.groupBy(late, ({ entry }) => entry.wave)) {
    const journal = await store.journal(ref(wave));
    expect(sequences(ofWave)).toEqual(sequences(ofWave).toSorted((a, b) => a - b));
    expect([...new Set(sequences(ofWave))]).toEqual(sequences(journal.map((entry) => ({ entry, mark: "" }))));
    for (const { entry } of ofWave) expect(entry).toEqual(journal[entry.sequence - 1]);
  }
  expect(new Set(late.map(({ entry }) => entry.wave))).toEqual(new Set(["busy", "other", "away", "deaf", "asleep"]));
});

const clockOfNow = {
  now: () => Date.now(),
  monotonic: () => Date.now(),
  sleep: async (milliseconds: number) => {
    await sleep(milliseconds);
  },
};
const countingAnnouncer = async () => (await import("#functions/wire.ts")).announcer();
