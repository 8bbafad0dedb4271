/** A wave on its way back in memory: where it is ordered, what meets it there, and what must hold when it has ended. */
import { setImmediate as turn } from "node:timers/promises";
import { expect } from "vitest";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { orderRollBack, type RollBackOrdered } from "#use-cases/order-roll-back.ts";
import { isRefused } from "#use-cases/refused.ts";
import { retryWave } from "#use-cases/retry-wave.ts";
import { type Home, POLICY, REF, startHome } from "./home.ts";
import { waveFile } from "./migration.ts";
import type { Call } from "./observed.ts";

const EFFECTS =
  /^(source|target)\.(topics\.(create|setConfigs|delete)|rights\.(add|remove)|groups\.(commit|removeMembers))$|^replicator\.(ensure|stop|resume|remove|startFrom)$|^workers\.(launch|release)$|^clientSwitch\.(stop|start)$/;
export const isEffect = (call: Call): boolean => EFFECTS.test(call.name);

const one = waveFile("payments");
/** Two groups and two producers, so that a wave can be half through either. */
const twoOfEach = {
  ...one,
  groups: [...one.groups, { id: "payments-audit", owner: "team-audit", reset: "earliest" }],
  clients: [
    ...one.clients,
    { name: "web", kind: "producer", principal: "User:payments-web", switch: { ssm: "/web/kafka/cluster" } },
    {
      name: "audit",
      kind: "consumer",
      group: "payments-audit",
      principal: "User:payments-audit",
      switch: { ssm: "/audit/kafka/cluster" },
    },
  ],
};
export const PRODUCERS = ["api", "web"] as const;
export const CONSUMERS = ["ledger", "audit"] as const;
const CLIENTS = [...PRODUCERS, ...CONSUMERS];
export const startTwoOfEach = (policy: Readonly<Record<string, unknown>> = {}): Promise<Home> =>
  startHome({ waves: [twoOfEach], policy: { ...POLICY, ...policy } });

export const order = (home: Home, by = "olga"): Promise<RollBackOrdered> =>
  orderRollBack(home.deps, {
    ref: REF,
    by,
    cause: "person",
    reason: "the ledger is wrong",
    invocationEndsAt: home.invocationEndsAt(),
  });

export const isHeldOr =
  (phase: Phase) =>
  ({ phase: now, hold }: WaveRow): boolean =>
    now === phase || (hold !== undefined && now !== "thawing" && now !== "withdrawing" && now !== "returning");

export async function retry(home: Home): Promise<void> {
  const retried = await retryWave(home.deps, REF, "olga");
  if (isRefused(retried)) throw new Error(retried.because);
}

type Meets = (call: Call) => void | Promise<void>;
/** Lets the call of that number, of those that count, meet what a test wants, once. */
export function meetAt(home: Home, index: number, when: "before" | "after", meets: Meets, counts = isEffect): void {
  let seen = -1;
  home.estate.around = {
    [when]: async (call: Call) => {
      if (!counts(call)) return;
      seen += 1;
      if (seen === index) await meets(call);
    },
  };
}

const sideOf = (call: Call): unknown => call.args[1];

/** Started and followed up to the nth such call in a phase, where the roll-back is ordered, and the process that made the call dies. */
async function orderAt(
  home: Home,
  phase: Phase,
  n: number,
  isThere: (call: Call) => boolean,
  when: "before" | "after" = "before",
): Promise<void> {
  let seen = 0;
  home.estate.around = {
    [when]: async (call: Call) => {
      if (!isThere(call) || (await home.row()).phase !== phase || ++seen !== n) return;
      await turn();
      home.estate.beat();
      home.estate.around = {};
      expect(await order(home)).toMatchObject({ outcome: "ordered" });
      home.estate.isKilled = true;
    },
  };
  for (let beats = 0; beats < 4; beats++) home.estate.beat();
  await home.start();
  await home.settle((row) => row.phase === "rolling-back");
}

const starts = (side: string) => (call: Call) => call.name === "clientSwitch.start" && sideOf(call) === side;

async function orderIn(home: Home, phase: Phase): Promise<void> {
  await home.reach(phase);
  for (let beats = 0; beats < 5; beats++) home.estate.beat();
  expect(await order(home)).toMatchObject({ outcome: "ordered" });
}

export type Scenario = {
  readonly name: string;
  readonly begin: (home: Home) => Promise<void>;
  /** Where a withdrawal leads back to. */
  readonly withdrawnTo: Phase;
};
const reached = (phase: Phase): Scenario => ({
  name: phase,
  begin: (home) => orderIn(home, phase),
  withdrawnTo: phase,
});

/** Where a roll-back can meet a wave. */
export const SCENARIOS: readonly Scenario[] = [
  {
    name: "moving-consumers, one group of two moved",
    begin: (home) => orderAt(home, "moving-consumers", 2, starts("target")),
    withdrawnTo: "moving-consumers",
  },
  {
    name: "moving-consumers, the second group just started",
    begin: (home) => orderAt(home, "moving-consumers", 2, starts("target"), "after"),
    withdrawnTo: "moving-consumers",
  },
  reached("consumers-moved"),
  reached("cutover-ready"),
  {
    name: "draining, which thaws first",
    begin: (home) => orderAt(home, "draining", 1, (call) => call.name === "replicator.stop"),
    withdrawnTo: "cutover-ready",
  },
  {
    name: "moving-producers, one producer of two started and writing",
    begin: (home) => orderAt(home, "moving-producers", 2, starts("target")),
    withdrawnTo: "producers-moved",
  },
  reached("producers-moved"),
];

/** Every record exactly once by each group, whichever side each was written on and read on. */
export function expectProcessedOnce({ estate, migration }: Home): void {
  for (let beats = 0; beats < 3; beats++) estate.beat();
  const acknowledged = estate.acknowledged.map(({ record }) => record).sort();
  const [wave] = migration.waves;
  for (const { id } of wave?.groups ?? [])
    expect([...(estate.processed.get(id) ?? [])].sort(), id).toEqual(acknowledged);
}

const denials = (home: Home) => home.estate.target.acls.filter((entry) => entry.permission === "DENY");

/** Rolled back or aborted: everybody is on the source, and nothing of the attempt is left. */
export function expectOnSource(home: Home): void {
  const { estate, migration } = home;
  const clients = migration.waves.flatMap((wave) => wave.clients.map(({ name }) => name));
  for (const client of clients) expect(estate.positions.get(client), client).toBe("source");
  expect(estate.fence()).toEqual([]);
  expect(denials(home)).toEqual([]);
  expect([...estate.connectors.keys()]).toEqual([]);
  expect(estate.workers.size).toBe(0);
  expect(home.engine.waiting()).toEqual([]);
  expect(estate.target.acls.filter((e) => e.operation === "WRITE" && !e.principal.startsWith("User:mirror"))).toEqual(
    [],
  );
}

/** Withdrawn: whoever had come to the target runs there, nothing bars anybody, and one mirror runs. */
export function expectOnTarget(home: Home, withdrawnTo: Phase): void {
  const { estate } = home;
  const hasMovedProducers = withdrawnTo === "producers-moved";
  for (const client of PRODUCERS)
    expect(estate.positions.get(client), client).toBe(hasMovedProducers ? "target" : "source");
  for (const client of CLIENTS) expect(estate.positions.get(client), client).not.toBe("paused");
  if (withdrawnTo !== "moving-consumers")
    for (const client of CONSUMERS) expect(estate.positions.get(client), client).toBe("target");
  expect(denials(home)).toEqual([]);
  if (!hasMovedProducers) expect(estate.fence()).toEqual([]);
  const running = [...estate.connectors.values()].filter((connector) => connector.isRunning);
  expect(running.map(({ direction }) => direction)).toEqual([hasMovedProducers ? "reverse" : "forward"]);
}

/** Each record once on the target, when a later attempt was sealed. */
export function expectOnceOnTarget({ estate }: Home): void {
  for (const client of PRODUCERS) estate.positions.set(client, "paused");
  for (let beats = 0; beats < 3; beats++) estate.beat();
  const acknowledged = estate.acknowledged.map(({ record }) => record).sort();
  expect([...estate.recordsOn("target", "payments")].sort()).toEqual(acknowledged);
}
