import type { Plan, PlannedWave } from "#core/planning/plan.ts";

type Some = { readonly name: string; readonly topics: readonly string[] } & Partial<PlannedWave>;

const wave = (some: Some, order: number): PlannedWave => ({
  order,
  groups: [],
  clients: [],
  connectors: [],
  subjects: [],
  transactionalIds: [],
  principals: [],
  reason: `it is number ${order}`,
  cut: "nothing else is coupled to it",
  edges: [],
  size: { partitions: 1, bytes: 1, teams: [], recordsPerSecond: 1, bytesPerSecond: 1, drainSeconds: 1 },
  risk: { level: "low", because: [] },
  holdsSealOf: [],
  ...some,
});

/** A group that is planned as most are. */
export const plannedGroup = (
  id: string,
  o: Partial<PlannedWave["groups"][number]> = {},
): PlannedWave["groups"][number] => ({
  id,
  owner: "team",
  plan: "exact",
  because: "its offsets are kept",
  replicator: "mirrormaker2",
  replicatorBecause: "it is the only one",
  ...o,
});

/** A plan of nothing but what is given. */
export const planOf = (waves: readonly Some[], o: Partial<Plan> = {}): Plan =>
  ({
    migration: "shop",
    basis: { source: "2026-01-02T03:04:05.000Z" },
    fixed: [],
    waves: waves.map((one, index) => wave(one, index + 1)),
    loosened: [],
    findings: [],
    undecided: [],
    costliestEdges: [],
    leftOut: [],
    windows: [],
    ...o,
  }) as Plan;
