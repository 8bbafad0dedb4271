import { setImmediate as breathe } from "node:timers/promises";
import type { FaultName } from "./fault-plan.ts";
import type { Move } from "./lifecycle-moves.ts";
import { simulate } from "./simulate.ts";

type Counts<K extends string> = Partial<Record<K, number>>;

/** What many seeds came to; as JSON, since several processes may have run them. */
export type Totals = {
  seeds: number;
  waves: number;
  /** Seeds that ended in what must never be, with how much happened in them. */
  readonly failed: { readonly seed: number; readonly violation: string; readonly effects: number }[];
  /** Waves by the phase that they ended in. */
  readonly ended: Counts<string>;
  readonly moves: Counts<Move>;
  readonly struck: Counts<FaultName>;
  /** Processes killed at named points of the use cases. */
  readonly crashedAt: Counts<string>;
  calls: number;
  effects: number;
  virtualSeconds: number;
};

const noTotals = (): Totals => ({
  seeds: 0,
  waves: 0,
  failed: [],
  ended: {},
  moves: {},
  struck: {},
  crashedAt: {},
  calls: 0,
  effects: 0,
  virtualSeconds: 0,
});

const add = <K extends string>(counts: Counts<K>, key: K, times = 1): void => {
  counts[key] = (counts[key] ?? 0) + times;
};
/** Of several processes together. */
export function sumOf(all: readonly Totals[]): Totals {
  const sum = noTotals();
  for (const one of all) {
    for (const name of ["seeds", "waves", "calls", "effects", "virtualSeconds"] as const) sum[name] += one[name];
    sum.failed.push(...one.failed);
    for (const name of ["ended", "moves", "struck", "crashedAt"] as const)
      for (const [key, times] of Object.entries(one[name])) add<string>(sum[name], key, times);
  }
  return sum;
}

/** `count` seeds from `from` on, one after the other. */
export async function runSeeds(from: number, count: number): Promise<Totals> {
  const totals = noTotals();
  for (let seed = from; seed < from + count; seed++) {
    const { violation, ended, moves, struck, crashedAt, calls, effects, virtualSeconds } = await simulate(seed);
    totals.seeds += 1;
    totals.waves += ended.length;
    totals.calls += calls;
    totals.effects += effects;
    totals.virtualSeconds += virtualSeconds;
    if (violation !== undefined) totals.failed.push({ seed, violation, effects });
    for (const phase of ended) add(totals.ended, phase);
    for (const [move, times] of moves) add(totals.moves, move, times);
    for (const [fault, times] of struck) add(totals.struck, fault, times);
    for (const point of crashedAt) add(totals.crashedAt, point);
    // A simulation never waits for anything real; whoever watches this process does.
    await breathe();
  }
  return totals;
}
