import fc from "fast-check";
import { expect, test } from "vitest";
import { unknown } from "#core/inventory/unknown.ts";
import { MSK_INSTANCES, mskInstance } from "#core/planning/sizing/msk-instances.ts";
import type { TargetNeed } from "#core/planning/sizing/target-need.ts";
import { candidates, chosenOf, GIBIBYTE, storageBound } from "#core/planning/sizing/target-size.ts";
import { migration } from "../../in-memory/migration.ts";
import { why } from "./sized.ts";

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
