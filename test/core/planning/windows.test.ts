import fc from "fast-check";
import { expect, test } from "vitest";
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { unknown } from "#core/inventory/unknown.ts";
import { topicLoads } from "#core/planning/topic-load.ts";
import { copyWindow } from "#core/planning/windows/copy-window.ts";
import type { Bound } from "#core/planning/windows/rollback-window.ts";
import { declaredClients, windowFacts, windowsOf } from "#core/planning/windows/wave-windows.ts";
import { migration, migrationFile, waveFile } from "../../in-memory/migration.ts";
import { calmTopic } from "../inventory/calm-estate.ts";
import { group, offset, partition, snapshot } from "../inventory/snapshots.ts";
import { plannedGroup, plannedWave, size } from "./planned.ts";

const ENDLESS: Bound = { seconds: null, because: "the target's storage" };
const why = (words: string) => ({ unknown: expect.objectContaining({ why: expect.stringContaining(words) }) });

const orders = (settings: Readonly<Record<string, string>> = {}, o: Partial<Topic> = {}) =>
  calmTopic("orders", settings, { partitions: [partition(0), partition(1)], ...o });

/** Two partitions of 100 records each; 30 records and 300 bytes a second. */
const estate = (items: { readonly [K in Kind]?: readonly Kinds[K][] } = {}) =>
  snapshot({
    topics: [orders()],
    groups: [
      group("orders-ledger", {
        offsets: [
          { topic: "orders", partition: 0, offset: offset(40), metadata: "" },
          { topic: "orders", partition: 1, offset: offset(100), metadata: "" },
          { topic: "elsewhere", partition: 0, offset: offset(7), metadata: "" },
        ],
      }),
    ],
    throughput: [{ topic: "orders", seconds: 10, recordsPerSecond: 30, bytesPerSecond: 300, averageRecordBytes: 10 }],
    ...items,
  });

const windows = (
  wave = plannedWave("orders"),
  file: Readonly<Record<string, unknown>> = {},
  source = estate(),
  target = ENDLESS,
) =>
  windowsOf(wave, windowFacts(migration({ waves: [waveFile("orders")], ...file }), source, topicLoads(source), target));

test("a wave is copied by what the mirror copies less what is written meanwhile", () => {
  // 4,000 bytes at 500 a second, 100 of which are new ones.
  expect(windows(undefined, { estate: { copyBytesPerSecond: 500 } }).copy).toEqual({
    mirror: { bytesPerSecond: 500, from: "estate.copyBytesPerSecond" },
    atLeastSeconds: 8,
    seconds: 10,
    neverEnds: false,
  });
});

test("without a measurement of the mirror, what its tasks copy is taken, of which there are no more than partitions", () => {
  const planning = { throughput: { taskBytesPerSecond: 100, from: "a trial in May" } };
  const replicator = { ...migrationFile().replicator, tasksPerConnector: 8 };
  const { copy } = windows(plannedWave("orders", { size: size({ partitions: 3 }) }), { planning, replicator });
  expect(copy).toEqual({
    mirror: {
      bytesPerSecond: 300,
      from: expect.stringContaining("3 tasks of planning.throughput.taskBytesPerSecond: a trial in May"),
    },
    atLeastSeconds: 4000 / 300,
    seconds: 20,
    neverEnds: false,
  });
});

test("what is not known of a copy stays unknown and says why", () => {
  expect(windows().copy.seconds).toEqual(why("how fast the mirror copies is not known"));
  const at500 = { estate: { copyBytesPerSecond: 500 } };
  const closed = unknown("DescribeLogDirs", "not allowed to", "grant it");
  expect(windows(plannedWave("orders", { size: size({ bytes: closed }) }), at500).copy).toMatchObject({
    atLeastSeconds: closed,
    seconds: closed,
  });
  expect(windows(plannedWave("orders", { size: size({ bytesPerSecond: closed }) }), at500).copy).toMatchObject({
    atLeastSeconds: 8,
    seconds: closed,
  });
  expect(windows(plannedWave("orders", { size: size({ bytesPerSecond: 500 }) }), at500).copy).toMatchObject({
    atLeastSeconds: 8,
    seconds: why("it has no end: 500 bytes a second are written"),
    neverEnds: true,
  });
});

test("a faster mirror never takes longer, and a larger wave never less", () => {
  const amount = fc.integer({ min: 0, max: 1e9 });
  fc.assert(
    fc.property(amount, amount, amount, amount, (rate, faster, bytes, more) => {
      const seconds = (copies: number, holds: number) => {
        const file = migration({ estate: { copyBytesPerSecond: copies + 1 } });
        const window = copyWindow(size({ bytes: holds, bytesPerSecond: Math.min(rate, 1e6) }), file).seconds;
        return typeof window === "number" ? window : Number.POSITIVE_INFINITY;
      };
      expect(seconds(rate + faster, bytes)).toBeLessThanOrEqual(seconds(rate, bytes));
      expect(seconds(rate, bytes + more)).toBeGreaterThanOrEqual(seconds(rate, bytes));
    }),
  );
});

const withTimes = (kind: "producer" | "consumer", stopSeconds: number, startSeconds: number) => {
  const wave = waveFile("orders");
  return {
    waves: [
      {
        ...wave,
        clients: wave.clients.map((client) =>
          client.kind === kind ? { ...client, stopSeconds, startSeconds } : client,
        ),
      },
    ],
  };
};

test("a freeze is the slowest writer's stop, the drain and its start; readers have bounds of their own", () => {
  // 20 + 3 + 15 and the margin of 10 are 48 of 60 s.
  expect(windows(undefined, withTimes("producer", 20, 15)).freeze).toEqual({
    stopSeconds: 20,
    drainSeconds: 3,
    startSeconds: 15,
    totalSeconds: 38,
    marginSeconds: 10,
    deadlineSeconds: 60,
    mostDrainSeconds: 20,
    fits: true,
  });
  const draining = (drainSeconds: number) => plannedWave("orders", { size: size({ drainSeconds }) });
  expect(windows(draining(15), withTimes("producer", 20, 15)).freeze).toMatchObject({ totalSeconds: 50, fits: true });
  expect(windows(draining(15.5), withTimes("producer", 20, 15)).freeze).toMatchObject({ fits: false });
  // Longer than policy.drainSeconds, and than planning.limits.drainSeconds where that is less.
  expect(windows(draining(20.5)).freeze).toMatchObject({ totalSeconds: 30.5, fits: false });
  expect(windows(draining(4), { planning: { limits: { drainSeconds: 3 } } }).freeze).toMatchObject({ fits: false });
  const closed = unknown("two sweeps", "not measured");
  expect(windows(plannedWave("orders", { size: size({ drainSeconds: closed }) })).freeze).toMatchObject({
    totalSeconds: closed,
    fits: closed,
  });
});

test("each client's declared times are held against the policy's bounds", () => {
  expect(windows().clients).toEqual([
    {
      client: "api",
      kind: "producer",
      stopSeconds: 5,
      startSeconds: 5,
      fits: true,
      says: "stop, start and margin 20 s of policy.freezeDeadlineSeconds 60 s; start and margin 15 s of policy.moveProducersDeadlineSeconds 60 s",
    },
    {
      client: "ledger",
      kind: "consumer",
      stopSeconds: 5,
      startSeconds: 5,
      fits: true,
      says: "stop 5 s of policy.groupStopSeconds 30 s; start 5 s of policy.groupStartSeconds 30 s; stop and start 10 s of policy.groupPauseLimitSeconds 120 s",
    },
  ]);
  const [, slow] = windows(undefined, withTimes("consumer", 100, 30)).clients;
  expect(slow).toMatchObject({
    fits: false,
    says: "stop 100 s of policy.groupStopSeconds 30 s; stop and start 130 s of policy.groupPauseLimitSeconds 120 s",
  });
  const [, limit] = windows(undefined, withTimes("consumer", 30, 30)).clients;
  expect(limit).toMatchObject({ fits: true });
});

test("a client that only `planning` declares is found by its name, and of several with a name the one with the principal", () => {
  const wave = plannedWave("first", {
    clients: ["api", "mailer", "nobody"],
    principals: ["User:orders-api", "User:payments-ledger"],
  });
  const [ledger] = waveFile("payments").clients.filter(({ kind }) => kind === "consumer");
  const file = migration({
    planning: {
      groups: [{ id: "mail", owner: "team-mail", reset: "latest" }],
      clients: [{ ...ledger, name: "mailer", group: "mail", switch: { ssm: "/mail/cluster" } }],
    },
  });
  expect(declaredClients(wave, file).map(({ name, principal }) => [name, principal])).toEqual([
    ["api", "User:orders-api"],
    ["mailer", "User:payments-ledger"],
  ]);
});

const rollback = (topic: Topic, file: Readonly<Record<string, unknown>> = {}, target = ENDLESS) =>
  windows(undefined, file, estate({ topics: [topic] }), target).rollback;

test("a roll-back is possible for as long as the shortest retention of both sides", () => {
  expect(rollback(orders({ "retention.ms": "7200000" }), { planning: { rollbackHours: 2 } })).toEqual({
    source: { seconds: 7200, because: "retention.ms 7200000 of orders" },
    target: ENDLESS,
    seconds: 7200,
    boundBy: "retention.ms 7200000 of orders",
    wantedSeconds: 7200,
    fits: true,
  });
  const full: Bound = { seconds: 3600, because: "storage of the target" };
  expect(rollback(orders(), { planning: { rollbackHours: 2 } }, full)).toMatchObject({
    seconds: 3600,
    boundBy: "storage of the target",
    fits: false,
  });
  // Two partitions of 1,500 bytes are written in 10 s at 300 bytes a second.
  expect(rollback(orders({ "retention.bytes": "1500" }))).toMatchObject({
    seconds: 10,
    boundBy: "retention.bytes 1500 of orders",
    fits: why("nobody said"),
  });
  const bound = (topic: Topic) => rollback(topic, { planning: { rollbackHours: 1000 } });
  expect(bound(orders({ "retention.ms": "-1" }))).toMatchObject({ seconds: null, fits: true });
  expect(bound(orders({ "cleanup.policy": "compact" }))).toMatchObject({ seconds: null, fits: true });
});

test("a retention that is not known promises nothing", () => {
  const closed = unknown("DescribeConfigs", "not allowed to", "grant it");
  expect(rollback(orders({}, { configs: closed }), { planning: { rollbackHours: 1 } })).toMatchObject({
    seconds: closed,
    fits: closed,
  });
  const unswept = estate({ topics: [orders({ "retention.bytes": "1500" })], throughput: [] });
  expect(windows(undefined, {}, unswept).rollback.seconds).toEqual(why("how much is written to it was not measured"));
  expect(windows(plannedWave("orders", { topics: ["orders", "gone"] })).rollback.seconds).toEqual(
    why("topic gone is not in the snapshot"),
  );
  const full: Bound = { seconds: closed, because: "storage of the target" };
  expect(rollback(orders(), {}, full)).toMatchObject({ seconds: closed, boundBy: "storage of the target" });
});

const exposure = (
  plan: "exact" | "reset-earliest" | "reset-latest",
  file: Readonly<Record<string, unknown>> = {},
  source = estate(),
) => windows(plannedWave("orders", { groups: [plannedGroup("orders-ledger", { plan })] }), file, source).duplicates[0];

test("a group that goes on exactly where it stopped repeats nothing, unless a worker of the mirror dies", () => {
  expect(exposure("exact")).toEqual({
    group: "orders-ledger",
    plan: "exact",
    records: 0,
    // Half a second of 30 records a second.
    ifWorkerDies: 15,
    maxDuplicates: 0,
    isAccepted: true,
    says: "none, unless a worker of the mirror dies between the group's move and the freeze; one that dies before makes it wait for a decision",
  });
  const wave = waveFile("orders");
  const both = {
    waves: [{ ...wave, clients: wave.clients.map((c) => (c.kind === "consumer" ? { ...c, kind: "both" } : c)) }],
  };
  expect(exposure("exact", both)).toMatchObject({
    ifWorkerDies: 0,
    says: expect.stringContaining("inside the freeze"),
  });
});

test("a group that starts from the beginning repeats what its topics hold, one that starts at the end skips what it had not read", () => {
  // 200 records are held; 40 of one partition and all 100 of the other are committed, 60 are not.
  expect(exposure("reset-earliest")).toMatchObject({ records: 200, committedBefore: 140 });
  expect(exposure("reset-latest")).toMatchObject({ records: 0, skipped: 60 });
});

test("starting anew is accepted where the file says that this group does, and a crash's repeats up to its budget", () => {
  expect(exposure("reset-latest")).toMatchObject({
    isAccepted: why("nobody has said that orders-ledger may start anew"),
  });
  const declaring = (o: Readonly<Record<string, unknown>>) => {
    const wave = waveFile("orders");
    return { waves: [{ ...wave, groups: wave.groups.map((one) => ({ ...one, ...o })) }] };
  };
  const anew = declaring({ plan: "reset-earliest", reason: "it builds its table anew" });
  expect(exposure("reset-earliest", anew)).toMatchObject({ isAccepted: true });
  expect(exposure("exact", declaring({ maxDuplicates: 15 }))).toMatchObject({
    says: "none, unless a worker of the mirror dies between the group's move and the freeze",
  });
});

test("what cannot be counted of a group's records is unknown", () => {
  const closed = unknown("ListOffsets", "no leader");
  const blind = estate({ topics: [orders({}, { partitions: [partition(0, { ends: closed }), partition(1)] })] });
  expect(exposure("reset-earliest", {}, blind)).toMatchObject({
    records: closed,
    committedBefore: closed,
  });
  expect(exposure("reset-latest", {}, blind)).toMatchObject({ records: 0, skipped: closed });
  expect(exposure("reset-latest", {}, estate({ groups: [] }))).toMatchObject({ skipped: why("not in the snapshot") });
  expect(exposure("exact", { waves: [], planning: {} })).not.toHaveProperty("maxDuplicates");
  const idle = plannedWave("orders", { edges: [], groups: [plannedGroup("idle", { plan: "reset-earliest" })] });
  expect(windows(idle).duplicates[0]).toMatchObject({ records: why("what idle reads of the wave is not known") });
});
