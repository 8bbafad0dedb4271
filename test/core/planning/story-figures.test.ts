import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import { name, nameInCell } from "#core/planning/page/markdown.ts";
import { planPage } from "#core/planning/page/plan-page.ts";
import { proposePlan } from "#core/planning/propose-plan.ts";
import { calmTopic } from "../inventory/calm-estate.ts";
import { broker, producer } from "../inventory/estates.ts";
import { partition } from "../inventory/snapshots.ts";
import { estateArbitrary } from "./random-estate.ts";
import { clientOf, planFor, producerClient, reader, writesTo } from "./stories.ts";

/** A shop that is busy and a depot that is not: four partitions of 500 kB, and one. */
const items = {
  brokers: [broker(1), broker(2)],
  topics: [
    calmTopic(
      "orders",
      { "retention.ms": "86400000" },
      { partitions: [0, 1, 2, 3].map((n) => partition(n, { sizeBytes: 500_000 })) },
    ),
    calmTopic("stock", {}, { partitions: [partition(0, { sizeBytes: 1000 })] }),
  ],
  groups: [reader("ledger", ["orders"]), reader("shelves", ["stock"])],
  acls: [...writesTo("User:shop", ["orders"]), ...writesTo("User:depot", ["stock"])],
  producers: [producer(1, ["orders"]), producer(2, ["stock"])],
  throughput: [
    { topic: "orders", seconds: 10, recordsPerSecond: 1001, bytesPerSecond: 200_000, averageRecordBytes: 200 },
    { topic: "stock", seconds: 10, recordsPerSecond: 1, bytesPerSecond: 10, averageRecordBytes: 10 },
  ],
};
const planning = {
  groups: [
    { id: "ledger", owner: "team-shop", reset: "earliest", replaySafe: true },
    { id: "shelves", owner: "team-depot", reset: "earliest", replaySafe: false },
  ],
  clients: [
    { ...producerClient("shop", "team-shop"), stopSeconds: 8, startSeconds: 12 },
    producerClient("depot", "team-depot"),
    clientOf("ledger"),
    clientOf("shelves"),
  ],
  throughput: { taskBytesPerSecond: 300_000, tasksPerWorker: 2, from: "measured in the rehearsal" },
  rollbackHours: 48,
};

test("a proposed plan says of each wave how long it takes, and what it costs its groups", () => {
  const { waves, windows } = planFor(items, planning);
  expect(windows.map(({ wave }) => wave)).toEqual(waves.map((wave) => wave.name));
  const shop = windows.find(({ duplicates }) => duplicates.some(({ group }) => group === "ledger"));
  // Two tasks copy 600 kB/s and 200 kB/s are written meanwhile: 2 MB take 5 s; five seconds' delay drain in 1 MB / 600 kB/s.
  expect(shop).toMatchObject({
    copy: { mirror: { bytesPerSecond: 600_000 }, seconds: 5, neverEnds: false },
    freeze: {
      stopSeconds: 8,
      drainSeconds: 5 / 3,
      startSeconds: 12,
      totalSeconds: expect.closeTo(20 + 5 / 3, 10),
      fits: true,
    },
    rollback: { seconds: 86_400, boundBy: "retention.ms 86400000 of orders", wantedSeconds: 172_800, fits: false },
    duplicates: [{ group: "ledger", plan: "exact", records: 0, ifWorkerDies: 501, isAccepted: true }],
  });
  expect(shop?.clients.map(({ client, fits }) => [client, fits])).toEqual([
    ["ledger", true],
    ["shop", true],
  ]);
});

test("a proposed plan sizes the mirror and the target, and its findings and questions come with those of the waves", () => {
  const plan = planFor(items, planning);
  // 200 kB/s of 300 kB/s over 0.6 of a task: two tasks; the quiet wave one.
  const sized = plan.sizing.mirror.waves.map(({ busy, tasks, workers }) => ({ busy, tasks, workers }));
  expect(sized).toHaveLength(2);
  expect(sized).toContainEqual({ busy: ["orders"], tasks: 2, workers: 1 });
  expect(sized).toContainEqual({ busy: [], tasks: 1, workers: 1 });
  expect(plan.sizing.target.need).toMatchObject({
    topics: 2,
    partitions: 15,
    ingressBytesPerSecond: 200_010,
    egressBytesPerSecond: 400_020,
    heldBytes: 3 * 2_001_000,
    growthBytes: 3 * 200_010 * 172_800,
  });
  expect(plan.findings).toContainEqual(
    expect.objectContaining({ kind: "limit", says: expect.stringContaining("the business wants 172800 s") }),
  );
  expect(plan.undecided.map(({ what }) => what.name)).toEqual(expect.arrayContaining(["prices", "target's cluster"]));
  expect(JSON.parse(canonicalJson(plan))).toEqual(plan);
});

test("a wave that has started is not planned again, yet the target carries its topics", () => {
  const wave = {
    name: "early",
    topics: ["orders"],
    groups: [{ id: "ledger", owner: "team-shop", reset: "earliest" }],
    clients: [producerClient("shop", "team-shop"), clientOf("ledger")],
  };
  const [, depot] = planning.clients;
  const left = { ...planning, groups: planning.groups.slice(1), clients: [depot, clientOf("shelves")] };
  const plan = planFor(items, left, { waves: [wave], started: ["early"] });
  expect(plan.waves.map(({ topics }) => topics)).toEqual([["stock"]]);
  expect(plan.windows).toHaveLength(1);
  expect(plan.sizing.target.need).toMatchObject({ topics: 2, partitions: 15 });
});

test("whatever the estate, each wave has its windows, each group its exposure, and all of it is on the page", () => {
  fc.assert(
    fc.property(estateArbitrary("any"), ({ migration, source }) => {
      const plan = proposePlan({ migration, source, started: [], now: source.endedAt });
      const page = planPage(plan);
      expect(plan.windows.map(({ wave }) => wave)).toEqual(plan.waves.map((wave) => wave.name));
      for (const [i, wave] of plan.waves.entries()) {
        expect(plan.windows[i]?.duplicates.map(({ group }) => group)).toEqual(wave.groups.map(({ id }) => id));
        for (const { client } of plan.windows[i]?.clients ?? []) expect(wave.clients).toContain(client);
        for (const topic of wave.topics) expect(page).toContain(name(topic));
        for (const { id } of wave.groups) expect(page).toContain(`| ${nameInCell(id)} | ${nameInCell(wave.name)} |`);
        for (const client of wave.clients)
          expect(page).toContain(`| ${nameInCell(client)} | ${nameInCell(wave.name)} |`);
      }
      expect(plan.sizing.mirror.waves).toHaveLength(plan.waves.length);
      expect(plan.sizing.target.need.topics).toBe(plan.waves.flatMap(({ topics }) => topics).length);
    }),
    { numRuns: 50 },
  );
});
