import fc from "fast-check";
import type { Place } from "./places.ts";

export const anySeed = (): number => Math.floor(Math.random() * 2 ** 31);

/** That many, the same for the same seed; all in a seeded order where there are not so many. */
export const sampled = (places: readonly Place[], count: number, seed: number): readonly Place[] => {
  const length = Math.min(count, places.length);
  const [chosen = []] = fc.sample(fc.shuffledSubarray([...places], { minLength: length, maxLength: length }), {
    seed,
    numRuns: 1,
  });
  return chosen;
};

/** A wave that comes through the phase comes by there, whoever else writes at that moment. */
const isSurelyReached = ({ by, point }: Place): boolean => {
  if (!by.startsWith("steps-") || by === "steps-open-gate") return false;
  const [, event = "", moment] = /WaveStore\.write\((\w+)\)\/(\w+)$/.exec(point) ?? [];
  if (event === "") return true;
  if (event === "StepYielded" || event === "StepTakenUp") return false;
  // Until the claim is written the phase is another, and from the completion on.
  return moment === (event.endsWith("Claimed") ? "after" : "before");
};

/** One of each of these phases, where the step's own function is at work. */
export const sampledInEach = (places: readonly Place[], phases: readonly string[], seed: number): readonly Place[] =>
  phases.map((phase, index) => {
    const own = places.filter((place) => place.phase === phase && isSurelyReached(place));
    const [one] = sampled(own, 1, seed + index);
    if (one === undefined) throw new Error(`no crash point of a step is known in ${phase}: record them anew`);
    return one;
  });

/** What `npm test` uses: another one each time, unless it is told which. */
export const testSeed = (): number => {
  const given = process.env["SLUICE_CRASH_SEED"];
  if (given === undefined) return anySeed();
  const seed = Number(given);
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`SLUICE_CRASH_SEED ${given}: expected a whole number, as a failed test printed it`);
  return seed;
};
