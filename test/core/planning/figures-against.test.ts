import { expect, test } from "vitest";
import type { PlannedWave } from "#core/planning/plan.ts";
import { reckon } from "#core/planning/reckon.ts";
import { topicLoads } from "#core/planning/topic-load.ts";
import { migration, migrationFile, waveFile } from "../../in-memory/migration.ts";
import { calmTopic } from "../inventory/calm-estate.ts";
import { broker } from "../inventory/estates.ts";
import { partition, snapshot } from "../inventory/snapshots.ts";
import { plannedWave, size } from "./planned.ts";

const source = snapshot({
  brokers: [broker(1)],
  topics: [calmTopic("orders", { "retention.ms": "3600000" }, { partitions: [partition(0), partition(1)] })],
  throughput: [{ topic: "orders", seconds: 10, recordsPerSecond: 10, bytesPerSecond: 1000, averageRecordBytes: 100 }],
});
const PLANNING = { headroom: 0.5, throughput: { taskBytesPerSecond: 2000, tasksPerWorker: 4, from: "a trial" } };

const against = (file: Readonly<Record<string, unknown>> = {}, wave: Partial<PlannedWave> = {}, seen = source) =>
  reckon({
    migration: migration({ waves: [waveFile("orders")], planning: PLANNING, ...file }),
    source: seen,
    target: undefined,
    loads: topicLoads(seen),
    waves: [plannedWave("orders", wave)],
    fixed: [],
  });
const findings = (...of: Parameters<typeof against>) =>
  against(...of).findings.map(({ kind, wave, says }) => [kind, wave, says]);
const finding = (words: string) => [["limit", "orders", expect.stringContaining(words)]];

test("figures that fit say nothing against a plan", () => {
  expect(findings()).toEqual([]);
});

test("each figure that does not fit is a finding with a cure", () => {
  expect(findings({}, { size: size({ drainSeconds: 45 }) })).toEqual(
    finding("its freeze takes about 55 s, 45 s of which the drain, and has 50 s, and 20 s for the drain"),
  );
  const [client, reader] = waveFile("orders").clients;
  const slow = { ...waveFile("orders"), clients: [client, { ...reader, stopSeconds: 31 }] };
  expect(findings({ waves: [slow] })).toEqual(
    finding("client ledger does not fit: stop 31 s of policy.groupStopSeconds 30 s"),
  );
  expect(findings({ planning: { ...PLANNING, rollbackHours: 2 } })).toEqual(
    finding("it can be rolled back for 3600 s by retention.ms 3600000 of orders, and the business wants 7200 s"),
  );
  expect(findings({}, { size: size({ bytesPerSecond: 4000 }) })).toEqual(finding("its copy never ends"));
  for (const { cure } of against({}, { size: size({ drainSeconds: 45, bytesPerSecond: 4000 }) }).findings)
    expect(cure).not.toBe("");
});

test("a mirror with too few tasks is a finding, and so is one that partitions do not let have enough", () => {
  const busy = (bytesPerSecond: number) =>
    snapshot({
      brokers: [broker(1)],
      topics: [calmTopic("orders", {}, { partitions: [partition(0), partition(1), partition(2)] })],
      throughput: [{ topic: "orders", seconds: 10, recordsPerSecond: 10, bytesPerSecond, averageRecordBytes: 100 }],
    });
  // 3,000 of 2,000 bytes over half a task: 3 tasks.
  expect(findings({}, {}, busy(3000))).toEqual(
    finding("its mirror needs 3 tasks to follow what is written, and has 2"),
  );
  const replicator = { ...migrationFile().replicator, tasksPerConnector: 8 };
  expect(findings({ replicator }, {}, busy(3000))).toEqual([]);
  expect(findings({ replicator }, {}, busy(3001))).toEqual(
    finding("more is written to orders than one task for each partition"),
  );
});

const questions = (...of: Parameters<typeof against>) =>
  against(...of).undecided.map(({ what, cure }) => [what.name, cure]);

test("what keeps figures from being known is asked, with the field that would tell", () => {
  const asked = questions({ planning: {} });
  expect(asked).toEqual([
    ["mirror", expect.stringContaining("estate.copyBytesPerSecond")],
    ["target's cluster", expect.stringContaining("planning.target.kafkaVersion")],
    ["prices", expect.stringContaining("planning.prices.workerHour")],
  ]);
  expect(questions({ planning: { throughput: { taskBytesPerSecond: 2000, from: "a trial" } } })[0]).toEqual([
    "workers",
    expect.stringContaining("planning.throughput.tasksPerWorker"),
  ]);
  expect(questions({ planning: { ...PLANNING, target: { instanceType: "kafka.x9.huge" } } })).toContainEqual([
    "target",
    expect.stringContaining("expected one of kafka.m5.large"),
  ]);
  const target = { kafkaVersion: "3.9.x", subnets: ["a", "b", "c"], securityGroups: ["sg"] };
  const prices = {
    instanceHour: { "kafka.m7g.large": 0.2 },
    storageGigabyteMonth: 0.1,
    workerHour: 0.05,
    sourceDay: 100,
    from: "a list",
  };
  expect(questions({ planning: { ...PLANNING, target, prices } })).toEqual([]);
});
