import { expect, test } from "vitest";
import { isUnknown } from "#core/inventory/unknown.ts";
import { GIBIBYTE } from "#core/planning/sizing/target-size.ts";
import { mskCluster, planning, sized, swept, topicOf, why } from "./sized.ts";

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
