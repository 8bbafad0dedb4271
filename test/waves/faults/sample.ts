import fc from "fast-check";
import type { Phase } from "#core/wave/lifecycle.ts";
import { chosenBy } from "../crash-points/sample.ts";
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

const CHOICES = fc.record({
  faults: fc.shuffledSubarray([...NAMES], { minLength: NAMES.length }),
  forward: fc
    .tuple(...STRETCHES.map((phases) => fc.constantFrom(...phases)))
    .chain((phases) => fc.shuffledSubarray(phases, { minLength: STRETCHES_STRUCK, maxLength: STRETCHES_STRUCK })),
  givenUp: fc.constantFrom(...GIVEN_UP),
  comesBack: fc.constantFrom(...COMES_BACK),
});

/** Some phases forward and two on the way back, each with a fault of its own; the same for the same seed. */
export function sampledStrikes(seed: number): SampledStrikes {
  const chosen = chosenBy(seed, CHOICES);
  const left = [...chosen.faults];
  const struck = (phase: Phase): Strike => {
    const fault = left.find((one) => isAnythingThere([phase, one]));
    if (fault === undefined) throw new Error(`seed ${seed} finds nothing to strike in ${phase}`);
    left.splice(left.indexOf(fault), 1);
    return [phase, fault];
  };
  const forward = chosen.forward.toSorted((a, b) => FORWARD.indexOf(a) - FORWARD.indexOf(b)).map(struck);
  return { forward, givenUp: struck(chosen.givenUp), comesBack: struck(chosen.comesBack) };
}
