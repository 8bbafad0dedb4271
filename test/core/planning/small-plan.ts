/** A plan of two waves as a meeting would get it, its figures reckoned from a small estate. */
import { unknown } from "#core/inventory/unknown.ts";
import type { Plan, PlannedWave } from "#core/planning/plan.ts";
import { reckon } from "#core/planning/reckon.ts";
import { topicLoads } from "#core/planning/topic-load.ts";
import { migration, migrationFile, waveFile } from "../../in-memory/migration.ts";
import { calmTopic } from "../inventory/calm-estate.ts";
import { broker } from "../inventory/estates.ts";
import { group, offset, partition, snapshot } from "../inventory/snapshots.ts";
import { plannedGroup, plannedWave, size } from "./planned.ts";

const MEBIBYTE = 1_048_576;

const source = snapshot({
  brokers: [broker(1), broker(2), broker(3)],
  topics: ["payments", "orders"].map((name) =>
    calmTopic(name, {}, { partitions: [0, 1].map((n) => partition(n, { sizeBytes: 50 * MEBIBYTE })) }),
  ),
  groups: ["payments", "orders"].map((name) =>
    group(`${name}-ledger`, { offsets: [{ topic: name, partition: 0, offset: offset(40), metadata: "" }] }),
  ),
  throughput: [
    { topic: "payments", seconds: 10, recordsPerSecond: 30, bytesPerSecond: 30_000, averageRecordBytes: 1000 },
    { topic: "orders", seconds: 10, recordsPerSecond: 300, bytesPerSecond: 300_000, averageRecordBytes: 1000 },
  ],
});

export const smallFile = {
  waves: [waveFile("payments"), waveFile("orders")],
  estate: { copyBytesPerSecond: 5_000_000 },
  replicator: { ...migrationFile().replicator, tasksPerConnector: 4 },
  planning: {
    rollbackHours: 24,
    target: {
      kafkaVersion: "3.9.x",
      subnets: ["subnet-a", "subnet-b", "subnet-c"],
      securityGroups: ["sg-target"],
    },
    prices: {
      instanceHour: { "kafka.m7g.large": 0.2, "kafka.m5.large": 0.21 },
      storageGigabyteMonth: 0.1,
      transferGigabyte: 0.01,
      workerHour: 0.05,
      from: "the price list of eu-west-1 of 2026-11-01",
    },
  },
};

const waves: readonly PlannedWave[] = [
  plannedWave("orders", {
    connectors: ["http://connect:8083/orders-sink"],
    subjects: ["orders-value"],
    size: size({
      partitions: 2,
      bytes: 100 * MEBIBYTE,
      recordsPerSecond: 300,
      bytesPerSecond: 300_000,
      drainSeconds: 0.3,
    }),
  }),
  plannedWave("payments", {
    order: 2,
    groups: [
      plannedGroup("payments-ledger", { plan: "reset-earliest", because: "it builds its table anew" }),
      plannedGroup("audit", { owner: undefined }),
    ],
    clients: ["api", "ledger", "auditor"],
    size: size({
      partitions: 2,
      bytes: 100 * MEBIBYTE,
      recordsPerSecond: 30,
      bytesPerSecond: unknown("two sweeps", "retention hid what was written", "take another snapshot"),
      drainSeconds: unknown("two sweeps", "retention hid what was written", "take another snapshot"),
    }),
    risk: { level: "high", because: ["it pays"] },
    holdsSealOf: ["orders"],
  }),
];

/** `changes` replaces members; names stand in what it is given. */
export function smallPlan(changes: Partial<Plan> = {}): Plan {
  const planned = changes.waves ?? waves;
  const { windows, sizing, costs, ...against } = reckon({
    migration: migration(smallFile),
    source,
    target: undefined,
    loads: topicLoads(source),
    waves: planned,
    fixed: [],
  });
  return {
    migration: "shop",
    basis: { source: source.id },
    fixed: ["invoices"],
    waves: planned,
    loosened: [
      {
        edge: {
          item: { kind: "group", name: "reports" },
          topic: "orders",
          does: "reads",
          evidence: "seen",
          says: "group reports reads orders",
        },
        by: "olga",
        until: "2026-12-31",
        reason: "it is rewritten in spring",
        price: "The wave of orders is not sealed before it has moved.",
      },
    ],
    findings: [
      {
        kind: "undeclared",
        wave: "payments",
        says: "client auditor is not in the migration file",
        cure: "declare it in planning.clients",
      },
      ...against.findings,
    ],
    undecided: [
      {
        what: { kind: "group", name: "audit" },
        wave: "payments",
        who: "olga",
        says: "who owns group audit?",
        cure: "declare it in planning.groups",
        blocks: true,
      },
      ...against.undecided,
    ],
    costliestEdges: [],
    leftOut: [{ item: { kind: "topic", name: "old" }, disposition: "retire", because: "nobody reads it" }],
    windows,
    sizing,
    costs,
    ...changes,
  };
}
