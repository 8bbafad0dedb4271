import type { Phase } from "#core/wave/lifecycle.ts";
import { sampled } from "../crash-points/sample.ts";
import { FAULTS, type FaultName } from "./faults.ts";
import { FORWARD, isAnythingThere, type Strike } from "./phases.ts";

/** Phases between which nobody has to close a gate: one of each is struck, so that no outage hides the next. */
const STRETCHES: readonly (readonly Phase[])[] = [
  ["preparing"],
  ["moving-consumers", "preparing-cutover"],
  ["thawing"],
  ["freezing", "draining", "moving-producers"],
  ["sealing"],
];
/** One wave is aborted or gives its roll-back up, another comes back. */
const GIVEN_UP: readonly Phase[] = ["withdrawing", "aborting"];
const COMES_BACK: readonly Phase[] = ["rolling-back", "returning"];
const STRETCHES_STRUCK = 2;

/** All that any seed can strike in. */
export const SAMPLED_PHASES: ReadonlySet<Phase> = new Set([...STRETCHES, GIVEN_UP, COMES_BACK].flat());

const NAMES = Object.keys(FAULTS) as readonly FaultName[];

export type SampledStrikes = {
  /** In the order in which a wave meets them. */
  readonly forward: readonly Strike[];
  readonly givenUp: Strike;
  readonly comesBack: Strike;
};

/** Some phases forward and two on the way back, each with a fault of its own; the same for the same seed. */
export function sampledStrikes(seed: number): SampledStrikes {
  const left = [...sampled(NAMES, NAMES.length, seed)];
  const struck = (phases: readonly Phase[], nth: number): Strike => {
    const [phase] = sampled(phases, 1, seed + nth);
    const fault = phase && left.find((one) => isAnythingThere([phase, one]));
    if (phase === undefined || fault === undefined) throw new Error(`seed ${seed} finds nothing to strike`);
    left.splice(left.indexOf(fault), 1);
    return [phase, fault];
  };
  const stretches = sampled(STRETCHES, STRETCHES_STRUCK, seed);
  const forward = stretches.map(struck).sort(([a], [b]) => FORWARD.indexOf(a) - FORWARD.indexOf(b));
  return { forward, givenUp: struck(GIVEN_UP, 11), comesBack: struck(COMES_BACK, 12) };
}
