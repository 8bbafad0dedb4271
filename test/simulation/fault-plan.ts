import { PHASES, type Phase } from "#core/wave/lifecycle.ts";
import type { Chance } from "./chance.ts";
import { type CrashTarget, isAboutDuplicates, isAboutRetries, scenesOf, targetsOf } from "./crash-targets.ts";
import { sceneOf } from "./scenes.ts";

/** Faults that a simulation injects, by name; each is counted. */
export const FAULTS = [
  "crash-before",
  "crash-after",
  "host-crash",
  "refused",
  "timed-out-after-the-deed",
  "stalled",
  "duplicated",
  "lost",
  "late",
  "execution-lost",
  "worker-crash",
  "outage",
  "deaf-client",
] as const;
export type FaultName = (typeof FAULTS)[number];

/** What a person or the world does as soon as a wave is seen in a phase. */
export const DEEDS = [
  "roll-back",
  "thaw",
  "abort",
  "hold",
  "alarm",
  "outage-source",
  "outage-target",
  "deaf-client",
  "host-crash",
  "execution-lost",
  "alarms-gone",
  "stale-offsets",
  "schedule-gone",
  "late-writer",
  "target-burns",
  "handler-stops",
] as const;
export type Deed = (typeof DEEDS)[number];
export type Aim = { readonly wave: number; readonly phase: Phase; readonly deed: Deed; readonly after: number };

/** What one seed's world is like. Times in ms. */
export type FaultPlan = {
  /** Chance of each fault wherever it can strike; 0: never in this run. */
  readonly rates: Readonly<Record<FaultName, number>>;
  readonly aims: readonly Aim[];
  /** The process that reaches one of these named points dies there, once. */
  readonly crashesAt: readonly CrashTarget[];
  /** From then on, counted from the beginning, nothing goes wrong any more. */
  readonly quietAfter: number;
  readonly tick: number;
  /** The schedule's calls come up to this much after their time. */
  readonly scheduleLate: number;
  readonly hasGuard: boolean;
  readonly waves: number;
  /** Each call takes up to this long. */
  readonly latency: number;
  readonly freezeDeadlineSeconds: number;
  /** Each wave is given at least so many attempts. */
  readonly attempts: number;
};

const RATES: Readonly<Record<FaultName, number>> = {
  "crash-before": 0.004,
  "crash-after": 0.004,
  "host-crash": 0.0004,
  refused: 0.004,
  "timed-out-after-the-deed": 0.006,
  stalled: 0.001,
  duplicated: 0.1,
  lost: 0.05,
  late: 0.05,
  "execution-lost": 0.01,
  "worker-crash": 0.005,
  outage: 0.003,
  "deaf-client": 0.003,
};

/** In every run some faults never strike, so that each also meets a world in which little else is wrong. */
export function faultPlan(seed: number, chance: Chance): FaultPlan {
  const crashesAt = targetsOf(seed);
  const isCalm = chance.happens(0.1);
  const rates = Object.fromEntries(
    FAULTS.map((name) => [name, !isCalm && chance.happens(0.4) ? RATES[name] * chance.pick([0.5, 1, 3]) : 0]),
  ) as Record<FaultName, number>;
  if (isAboutDuplicates(crashesAt)) rates.duplicated = 0.6;
  const waves = chance.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 3]);
  const aims = Array.from({ length: isCalm ? 0 : chance.between(0, 2) }, () => ({
    wave: chance.between(0, waves - 1),
    phase: chance.pick(PHASES),
    deed: chance.pick(DEEDS),
    after: chance.pick([0, 20, 200, 1_000, 4_000]),
  }));
  const tick = chance.happens(0.06) ? 60_000 : chance.pick([4_000, 6_000]);
  return {
    rates,
    aims: [...sceneOf(seed).map((aim) => ({ wave: 0, ...aim })), ...scenesOf(seed, crashesAt), ...aims],
    crashesAt,
    quietAfter: Math.max(60_000, tick * 4) * chance.between(1, 3),
    tick,
    scheduleLate: chance.pick([0, 5_000, 60_000]),
    hasGuard: chance.happens(0.3),
    waves,
    latency: chance.pick([2, 10, 60]),
    attempts: isAboutRetries(crashesAt) ? 2 : 1,
    freezeDeadlineSeconds: chance.pick([30, 60, 60]),
  };
}
