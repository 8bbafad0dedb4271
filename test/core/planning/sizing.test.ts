import fc from "fast-check";
import { expect, test } from "vitest";
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import { isUnknown, unknown } from "#core/inventory/unknown.ts";
import { MSK_INSTANCES, mskInstance } from "#core/planning/sizing/msk-instances.ts";
import { sizingOf } from "#core/planning/sizing/sizing.ts";
import type { TargetNeed } from "#core/planning/sizing/target-need.ts";
import { candidates, chosenOf, GIBIBYTE, storageBound } from "#core/planning/sizing/target-size.ts";
import { topicLoads } from "#core/planning/topic-load.ts";
import { migration, migrationFile } from "../../in-memory/migration.ts";
import { calmTopic } from "../inventory/calm-estate.ts";
import { broker } from "../inventory/estates.ts";
import { group, offset, partition, snapshot } from "../inventory/snapshots.ts";

const why = (words: string) => ({ unknown: expect.objectContaining({ why: expect.stringContaining(words) }) });

const swept = (topic: string, bytesPerSecond: number, recordsPerSecond = 1) => ({
  topic,
  seconds: 10,
  recordsPerSecond,
  bytesPerSecond,
  averageRecordBytes: 100,
});
const topicOf = (name: string, partitions: number, sizeBytes = 0) =>
  calmTopic(name, {}, { partitions: Array.from({ length: partitions }, (_, n) => partition(n, { sizeBytes })) });

type Items = { readonly [K in Kind]?: readonly Kinds[K][] };
const sized = (
  items: Items,
  file: Readonly<Record<string, unknown>> = {},
  o: {
    readonly waves?: readonly { name: string; topics: string[] }[];
    readonly target?: Items;
    readonly fixedTopics?: string[];
  } = {},
) => {
  const source = snapshot({ brokers: [broker(1), broker(2)], ...items });
  return sizingOf({
    migration: migration(file),
    source,
    target: o.target === undefined ? undefined : snapshot(o.target, { side: "target" }),
    loads: topicLoads(source),
    waves: o.waves ?? [{ name: "first", topics: (items.topics ?? []).map(({ name }) => name) }],
    fixedTopics: o.fixedTopics ?? [],
  });
};

const planning = (o: Readonly<Record<string, unknown>> = {}) => ({
  planning: { headroom: 0.5, throughput: { taskBytesPerSecond: 1000, tasksPerWorker: 4, from: "a trial" }, ...o },
});

test("busy topics get tasks by what is written to them, quiet ones share theirs", () => {
  // 101 of 1,000 bytes is more than a tenth of a task; 100 is not.
  const items = {
    topics: [topicOf("busy", 12), topicOf("brisk", 4), topicOf("quiet-a", 3), topicOf("quiet-b", 3)],
    throughput: [swept("busy", 2400), swept("brisk", 101), swept("quiet-a", 100), swept("quiet-b", 0)],
  };
  const { mirror } = sized(items, planning()).sizing;
  // (2,400 + 101) / 1,000 over half a task: 6; 100 / 1,000 over half: 1.
  expect(mirror.waves).toEqual([
    {
      wave: "first",
      busy: ["busy", "brisk"],
      quiet: ["quiet-a", "quiet-b"],
      notMeasured: [],
      busyTasks: 6,
      quietTasks: 1,
      tasks: 7,
      workers: 2,
      isBeyondPartitions: false,
    },
  ]);
  expect(mirror).toMatchObject({ tasksPerConnector: 7, workers: 2, headroom: 0.5 });
});

test("no more tasks than partitions help, and records may ask for more tasks than bytes do", () => {
  const items = { topics: [topicOf("busy", 2)], throughput: [swept("busy", 2400)] };
  expect(sized(items, planning()).sizing.mirror.waves[0]).toMatchObject({ busyTasks: 2, isBeyondPartitions: true });
  const small = { topics: [topicOf("small", 12)], throughput: [swept("small", 10, 900)] };
  const byRecords = { taskBytesPerSecond: 1000, taskRecordsPerSecond: 300, tasksPerWorker: 4, from: "a trial" };
  // 900 of 300 records over half a task.
  expect(sized(small, planning({ throughput: byRecords })).sizing.mirror.waves[0]).toMatchObject({ busyTasks: 6 });
});

test("where only the whole mirror was measured, its tasks share what it copied and made one worker", () => {
  const items = { topics: [topicOf("busy", 12)], throughput: [swept("busy", 900)] };
  const file = { estate: { copyBytesPerSecond: 2000 }, planning: { headroom: 0.5 } };
  // Two tasks copied 2,000: 900 / 1,000 over half is 2 tasks, of one worker.
  expect(sized(items, file).sizing.mirror).toMatchObject({
    task: { bytesPerSecond: 1000 },
    tasksPerConnector: 2,
    workers: 1,
  });
});

test("what was not measured is named, and nothing is guessed of a mirror that nobody measured", () => {
  const items = { topics: [topicOf("busy", 2), topicOf("dark", 2)], throughput: [swept("busy", 600)] };
  expect(sized(items, planning()).sizing.mirror.waves[0]).toMatchObject({
    notMeasured: ["dark"],
    quiet: ["dark"],
    tasks: 3,
  });
  const { mirror } = sized(items).sizing;
  expect(mirror).toMatchObject({
    task: why("how fast the mirror copies is not known"),
    tasksPerConnector: why("how fast the mirror copies"),
    workers: why("how fast the mirror copies"),
  });
  const noWorker = planning({ throughput: { taskBytesPerSecond: 1000, from: "a trial" } });
  expect(sized(items, noWorker).sizing.mirror).toMatchObject({
    tasksPerConnector: 3,
    workers: why("how many tasks one Connect worker"),
  });
});

test("more throughput never means fewer tasks or workers", () => {
  const rate = fc.integer({ min: 0, max: 100_000 });
  fc.assert(
    fc.property(rate, rate, rate, fc.integer({ min: 1, max: 50 }), (a, b, more, partitions) => {
      const of = (first: number, second: number) => {
        const { mirror } = sized(
          {
            topics: [topicOf("a", partitions), topicOf("b", partitions)],
            throughput: [swept("a", first), swept("b", second)],
          },
          planning(),
        ).sizing;
        return mirror.workers as number;
      };
      expect(of(a + more, b)).toBeGreaterThanOrEqual(of(a, b));
    }),
    { numRuns: 50 },
  );
});

test("a mirror's quotas let it copy as fast as promised, shared by the brokers that hold them", () => {
  const items = { topics: [topicOf("busy", 12)], throughput: [swept("busy", 600)] };
  const file = { ...planning(), replicator: { ...migrationFile().replicator, tasksPerConnector: 4 } };
  const { quotas } = sized(items, file).sizing;
  // Four tasks of 1,000 over two brokers of the source and three of the target, in both directions.
  expect(quotas.map((q) => [q.direction, q.side, q.property, q.bytesPerSecondPerBroker, q.principal])).toEqual([
    ["forward", "source", "consumer_byte_rate", 2000, "User:mirror-forward"],
    ["forward", "target", "producer_byte_rate", 1334, "User:mirror-forward"],
    ["reverse", "target", "consumer_byte_rate", 1334, "User:mirror-reverse"],
    ["reverse", "source", "producer_byte_rate", 2000, "User:mirror-reverse"],
  ]);
  expect(quotas[0]?.command).toBe(
    "kafka-configs.sh --bootstrap-server old-1:9092 --command-config admin.properties --alter --add-config 'consumer_byte_rate=2000' --entity-type users --entity-name 'mirror-forward'",
  );
});

const mskCluster = (facts: Readonly<Record<string, string>>) =>
  ({ kind: "msk-cluster", name: "old", source: "Amazon MSK", facts }) as const;

/** One group reads what is written from two kafka.m5.large, of whose 9.6 MB/s a half is to be used. */
const nearlyFull = (written: number, taskBytesPerSecond: number) =>
  sized(
    {
      topics: [topicOf("busy", 12)],
      groups: [group("g", { offsets: [{ topic: "busy", partition: 0, offset: offset(1), metadata: "" }] })],
      throughput: [swept("busy", written)],
      operations: [mskCluster({ instanceType: "kafka.m5.large", brokers: "2" })],
    },
    planning({ throughput: { taskBytesPerSecond, from: "a trial" } }),
  ).sizing.quotas[0];

test("a source that is nearly full is read more slowly than the mirror could, yet never too slowly to follow", () => {
  // 4.8 − 1 MB/s are left to each, and following takes 2 MB/s of each; copying would take 5.
  expect(nearlyFull(2_000_000, 5_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 3_800_000,
    because: expect.stringContaining("copying takes longer"),
  });
  // 4.8 − 2 MB/s are left, and following takes 4 of each.
  expect(nearlyFull(4_000_000, 5_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 4_000_000,
    because: expect.stringContaining("more than the brokers can spare"),
  });
  expect(nearlyFull(4_000_000, 1_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 4_000_000,
    because: expect.stringContaining("more than the mirror was said to copy"),
  });
  expect(nearlyFull(2_000_000, 3_000_000)).toMatchObject({
    bytesPerSecondPerBroker: 3_000_000,
    because: "what the mirror copies",
  });
});

test("a mirror that nobody measured gets no quota: too small a one would stop the wave", () => {
  const { quotas } = sized({ topics: [topicOf("busy", 2)], throughput: [swept("busy", 600)] }).sizing;
  for (const quota of quotas) {
    expect(quota.bytesPerSecondPerBroker).toEqual(why("how fast the mirror copies is not known"));
    expect(quota.command).toBeUndefined();
  }
  expect(quotas).toHaveLength(4);
});

const need = (o: Partial<TargetNeed> = {}): TargetNeed => ({
  topics: 1,
  replicas: 3,
  partitions: 0,
  ingressBytesPerSecond: 0,
  egressBytesPerSecond: 0,
  heldBytes: 0,
  growthBytes: 0,
  notMeasured: { partitions: [], bytesPerSecond: [], bytes: [] },
  ...o,
});
const OF = { zones: 3, headroom: 0.4, prices: undefined };
const of = (instance: string, o: Partial<TargetNeed>, by: Partial<typeof OF> = {}) =>
  candidates(need(o), { ...OF, ...by }).find((one) => one.instance === instance);

test("the target is sized by what asks for most brokers, in whole zones, with the headroom left free", () => {
  expect(of("kafka.m7g.large", {})).toMatchObject({ brokers: 3, boundBy: "zones", volumeGibibytes: 1, vcpus: 6 });
  // 0.6 of 4.8 MB/s is 2.88: 8.64 MB/s fill three, one byte more asks for six.
  expect(of("kafka.m7g.large", { ingressBytesPerSecond: 8_640_000 })).toMatchObject({ brokers: 3, boundBy: "zones" });
  expect(of("kafka.m7g.large", { ingressBytesPerSecond: 8_640_001 })).toMatchObject({ brokers: 6, boundBy: "ingress" });
  // 0.6 of 9.6 MB/s is 5.76.
  expect(of("kafka.m7g.large", { egressBytesPerSecond: 17_280_001 })).toMatchObject({ brokers: 6, boundBy: "egress" });
  // 0.6 of 1,000 partitions.
  expect(of("kafka.m7g.large", { partitions: 1800 })).toMatchObject({ brokers: 3, partitionsPerBroker: 600 });
  expect(of("kafka.m7g.large", { partitions: 1801 })).toMatchObject({ brokers: 6, boundBy: "partitions" });
  // 1,800 GiB over three brokers, 0.6 of each volume: 1,000 GiB.
  expect(of("kafka.m7g.large", { heldBytes: 900 * GIBIBYTE, growthBytes: 900 * GIBIBYTE })).toMatchObject({
    volumeGibibytes: 1000,
    used: { storage: 0.6 },
  });
  // A volume is never planned fuller than Amazon's alarm, whatever the headroom: 850 GiB fill 1,000 of three.
  expect(of("kafka.m7g.large", { heldBytes: 2550 * GIBIBYTE }, { headroom: 0 })).toMatchObject({
    volumeGibibytes: 1000,
  });
  // More than three full volumes of 16,384 GiB.
  expect(of("kafka.m7g.large", { heldBytes: 40_000 * GIBIBYTE })).toMatchObject({ brokers: 6, boundBy: "storage" });
  expect(of("express.m7g.large", { heldBytes: 40_000 * GIBIBYTE })).toMatchObject({ brokers: 3 });
  expect(of("express.m7g.large", {}, { zones: 2 })).toBeUndefined();
  expect(of("kafka.m7g.large", { ingressBytesPerSecond: 1e9 })).toBeUndefined();
});

test("the cheapest of the sizes with a price is taken; without prices the one with the least processors", () => {
  const light = need({ ingressBytesPerSecond: 1_000_000 });
  const unpriced = candidates(light, OF);
  expect(chosenOf(unpriced, undefined)).toMatchObject({
    chosen: {
      instance: "kafka.m7g.large",
      brokers: 3,
      costPerDay: why('planning.prices.instanceHour["kafka.m7g.large"]'),
    },
    because: expect.stringContaining("least processors"),
  });
  // 20 MB/s: 9 × kafka.m7g.large are 18 processors, and 3 × express.m7g.large 6.
  expect(chosenOf(candidates(need({ ingressBytesPerSecond: 20_000_000 }), OF), undefined).chosen).toMatchObject({
    instance: "express.m7g.large",
    brokers: 3,
  });
  const file = migration({
    planning: {
      prices: {
        instanceHour: { "kafka.m5.large": 0.25, "kafka.m5.xlarge": 0.3 },
        storageGigabyteMonth: 0.1,
        from: "a list",
      },
    },
  });
  const prices = file.planning?.prices;
  const priced = candidates(need({ ingressBytesPerSecond: 20_000_000, heldBytes: 3650 * GIBIBYTE * 0.6 }), {
    ...OF,
    prices,
  });
  // 12 × 0.25 × 24 = 72, 6 × 0.3 × 24 = 43.2, both with 3,654 GiB × 0.1 a month.
  expect(chosenOf(priced, undefined)).toMatchObject({
    chosen: { instance: "kafka.m5.xlarge", brokers: 6, volumeGibibytes: 609 },
    because: "the cheapest of the 2 sizes that the file has a price of",
  });
  const [chosen] = priced.filter(({ instance }) => instance === "kafka.m5.xlarge");
  expect(chosen?.costPerDay).toBeCloseTo(43.2 + (3654 * 0.1 * 12) / 365, 10);
});

test("a size that the file names is taken, and told why where it cannot be", () => {
  const all = candidates(need({ ingressBytesPerSecond: 100_000_000 }), OF);
  expect(chosenOf(all, "kafka.m5.4xlarge")).toMatchObject({
    chosen: { brokers: 6 },
    because: expect.stringContaining("names it"),
  });
  expect(chosenOf(all, "kafka.m5.large").chosen).toEqual(
    why("30 brokers of planning.target.instanceType kafka.m5.large do not carry it"),
  );
  expect(chosenOf(all, "kafka.x9.huge").chosen).toEqual(why("no size that Sluice has Amazon's figures of"));
  expect(chosenOf([], undefined).chosen).toEqual(why("no size of broker carries it"));
});

test("more of anything never means fewer brokers of a size, nor a smaller volume", () => {
  const amount = fc.integer({ min: 0, max: 2_000_000_000 });
  const anyNeed = fc.record({
    partitions: fc.integer({ min: 0, max: 50_000 }),
    ingressBytesPerSecond: amount,
    egressBytesPerSecond: amount,
    heldBytes: amount.map((n) => n * 100_000),
  });
  fc.assert(
    fc.property(anyNeed, anyNeed, fc.constantFrom(...MSK_INSTANCES.map(({ name }) => name)), (base, more, instance) => {
      const larger = of(instance, {
        partitions: base.partitions + more.partitions,
        ingressBytesPerSecond: base.ingressBytesPerSecond + more.ingressBytesPerSecond,
        egressBytesPerSecond: base.egressBytesPerSecond + more.egressBytesPerSecond,
        heldBytes: base.heldBytes + more.heldBytes,
      });
      if (larger === undefined) return;
      const smaller = of(instance, base);
      expect(smaller?.brokers).toBeLessThanOrEqual(larger.brokers);
      for (const share of Object.values(larger.used)) expect(share).toBeLessThanOrEqual(0.6 + 1e-9);
    }),
  );
});

test("the need counts what moves, what has moved and what is there, each reader and the reverse mirror", () => {
  const reads = (topic: string) => [{ topic, partition: 0, offset: offset(1), metadata: "" }];
  const items = {
    topics: [topicOf("a", 2, 1000), topicOf("moved", 1, 500)],
    groups: [group("g", { offsets: reads("a") }), group("h", { offsets: reads("a") })],
    throughput: [swept("a", 100), swept("moved", 10)],
  };
  const target = {
    topics: [topicOf("there", 3, 10), topicOf("moved", 1, 400)],
    groups: [group("g", { offsets: reads("a") })],
  };
  const waves = [{ name: "first", topics: ["a"] }];
  const { sizing } = sized(items, { planning: { rollbackHours: 1 } }, { waves, fixedTopics: ["moved"], target });
  expect(sizing.target.need).toEqual({
    topics: 3,
    replicas: 3,
    partitions: 3 * (2 + 1 + 3),
    ingressBytesPerSecond: 110,
    egressBytesPerSecond: 100 * 3 + 10,
    heldBytes: 3 * (2000 + 500 + 30),
    growthBytes: 3 * 110 * 3600,
    growthSeconds: 3600,
    notMeasured: { partitions: [], bytesPerSecond: ["there"], bytes: [] },
  });
});

test("what MSK told of a target that is there decides its zones, its replicas and where it stands", () => {
  const facts = { kafkaVersion: "3.9.x", subnets: "subnet-a, subnet-b", securityGroups: "sg-1" };
  const items = { topics: [topicOf("a", 2)], throughput: [swept("a", 100)] };
  const { target } = sized(items, {}, { target: { operations: [mskCluster(facts)] } }).sizing;
  expect(target).toMatchObject({
    zones: 2,
    need: { replicas: 2, partitions: 4 },
    chosen: { instance: "kafka.m7g.large", brokers: 2 },
    spec: {
      createClusterV2: {
        Provisioned: {
          KafkaVersion: "3.9.x",
          NumberOfBrokerNodes: 2,
          BrokerNodeGroupInfo: { ClientSubnets: ["subnet-a", "subnet-b"], SecurityGroups: ["sg-1"] },
        },
      },
    },
  });
  expect(target.candidates.some(({ kind }) => kind === "express")).toBe(false);
});

test("the target's storage bounds how long nothing needs to be deleted", () => {
  const three = of("kafka.m7g.large", { heldBytes: 900 * GIBIBYTE, ingressBytesPerSecond: GIBIBYTE / 1000 });
  if (three === undefined) throw new Error("three brokers carry it");
  const held = need({ heldBytes: 900 * GIBIBYTE, ingressBytesPerSecond: GIBIBYTE / 1000 });
  // 500 GiB for each of 300: 600 are free, at 3 replicas of a thousandth a second.
  expect(storageBound(held, three)).toEqual({ seconds: 200_000, because: "storage of the target, 3 × 500 GiB" });
  const dark = { ...held, notMeasured: { ...held.notMeasured, bytesPerSecond: ["dark"] } };
  expect(storageBound(dark, three).seconds).toEqual(why("how much is written to dark was not measured"));
  expect(storageBound({ ...held, ingressBytesPerSecond: 0 }, three).seconds).toBeNull();
  const express = of("express.m7g.large", {});
  if (express === undefined) throw new Error("three brokers carry it");
  expect(storageBound(held, express).seconds).toBeNull();
  const none = unknown("migration file", "nothing carries it");
  expect(storageBound(held, none).seconds).toBe(none);
});

const PRICES = {
  instanceHour: { "kafka.m7g.large": 0.2, "kafka.m5.large": 0.25 },
  storageGigabyteMonth: 0.1,
  transferGigabyte: 0.02,
  workerHour: 0.05,
  from: "a list of 2026-05-01",
};

test("both clusters, the workers and the transfer cost so much a day", () => {
  const items = {
    topics: [topicOf("a", 1, 10 * GIBIBYTE)],
    throughput: [swept("a", GIBIBYTE / 86_400)],
    operations: [mskCluster({ instanceType: "kafka.m5.large", brokers: "3", volumeGiBPerBroker: "365" })],
  };
  const throughput = { taskBytesPerSecond: 1e6, tasksPerWorker: 4, from: "a trial" };
  const { costs } = sized(items, { planning: { headroom: 0, prices: PRICES, throughput } });
  // 30 GiB over three volumes that may be 0.85 full: 12 GiB each.
  expect(costs).toEqual({
    currency: "USD",
    from: "a list of 2026-05-01",
    source: 3 * 0.25 * 24 + (1095 * 0.1 * 12) / 365,
    target: expect.closeTo(3 * 0.2 * 24 + (36 * 0.1 * 12) / 365, 10),
    workers: 2 * 0.05 * 24,
    transfer: expect.closeTo(0.02, 10),
    totalPerDay: expect.closeTo(18 + 3.6 + 14.4 + (36 * 0.1 * 12) / 365 + 2.4 + 0.02, 10),
    copyTransfer: 0.2,
    missing: [],
  });
});

test("what Express costs beside its hours is counted by the list's own way", () => {
  const prices = {
    ...PRICES,
    instanceHour: { "express.m7g.large": 0.4 },
    express: { storageGigabyteMonth: 0.365, ingressGigabyte: 0.01 },
  };
  const items = { topics: [topicOf("a", 1, 10 * GIBIBYTE)], throughput: [swept("a", GIBIBYTE / 86_400)] };
  const { sizing } = sized(items, { planning: { prices } });
  // 10 GiB held once at 0.012 a day, one GiB written.
  expect(sizing.target.chosen).toMatchObject({
    instance: "express.m7g.large",
    costPerDay: expect.closeTo(28.8 + 0.12 + 0.01, 10),
  });
});

test("without prices the costs name those that are missing", () => {
  const items = { topics: [topicOf("a", 1, 1000)], throughput: [swept("a", 100)] };
  const { costs } = sized(items, planning());
  expect(costs.totalPerDay).toEqual(why("the file has no price planning.prices.sourceDay"));
  expect(costs.missing).toEqual([
    "planning.prices.sourceDay",
    'planning.prices.instanceHour["kafka.m7g.large"]',
    "planning.prices.workerHour",
    "planning.prices",
  ]);
  const declared = sized(items, planning({ prices: { ...PRICES, sourceDay: 100 } })).costs;
  expect(declared).toMatchObject({ source: 100, missing: [] });
  expect(isUnknown(declared.totalPerDay)).toBe(false);
});

test("of a source with ZooKeeper or KRaft, EC2's name of a size is enough, and every row is whole", () => {
  expect(mskInstance("m7g.large")?.name).toBe("kafka.m7g.large");
  expect(mskInstance("kafka.m7g.large")).toEqual({
    name: "kafka.m7g.large",
    kind: "standard",
    vcpus: 2,
    memoryGigabytes: 8,
    networkGigabitsPerSecond: 12.5,
    ingressBytesPerSecond: 4_800_000,
    egressBytesPerSecond: 9_600_000,
    partitions: 1000,
  });
  expect(mskInstance("t2.nano")).toBeUndefined();
  const families = Map.groupBy(MSK_INSTANCES, ({ name }) => name.split(".").slice(0, 2).join("."));
  expect([...families.keys()]).toEqual(["kafka.m5", "kafka.m7g", "express.m7g"]);
  for (const sizes of families.values())
    for (const [i, larger] of sizes.entries()) {
      const smaller = sizes[i - 1];
      if (smaller === undefined) continue;
      for (const figure of [
        "vcpus",
        "memoryGigabytes",
        "ingressBytesPerSecond",
        "egressBytesPerSecond",
        "partitions",
      ] as const)
        expect(larger[figure], `${larger.name} ${figure}`).toBeGreaterThanOrEqual(smaller[figure]);
    }
});
