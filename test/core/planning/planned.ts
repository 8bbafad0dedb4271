/** Parts of a small plan, for tests of what is reckoned from it. */
import type { PlannedGroup, PlannedWave, WaveSize } from "#core/planning/plan.ts";

export const size = (o: Partial<WaveSize> = {}): WaveSize => ({
  partitions: 4,
  bytes: 4000,
  teams: ["team-ledger"],
  recordsPerSecond: 10,
  bytesPerSecond: 100,
  drainSeconds: 3,
  ...o,
});

export const plannedGroup = (id: string, o: Partial<PlannedGroup> = {}): PlannedGroup => ({
  id,
  owner: "team-ledger",
  plan: "exact",
  because: "it goes on where it stopped",
  replicator: "mirrormaker2",
  replicatorBecause: "it is the only one",
  ...o,
});

export const plannedWave = (name: string, o: Partial<PlannedWave> = {}): PlannedWave => ({
  name,
  order: 1,
  topics: [name],
  groups: [plannedGroup(`${name}-ledger`)],
  clients: ["api", "ledger"],
  connectors: [],
  subjects: [],
  transactionalIds: [],
  principals: [`User:${name}-api`, `User:${name}-ledger`],
  reason: `${name} moves alone, since nothing else reads it.`,
  cut: "Nothing binds it to its neighbours.",
  edges: [
    {
      item: { kind: "group", name: `${name}-ledger` },
      topic: name,
      does: "reads",
      evidence: "seen",
      says: `group ${name}-ledger reads ${name}`,
    },
  ],
  size: size(),
  risk: { level: "low", because: [] },
  holdsSealOf: [],
  ...o,
});
