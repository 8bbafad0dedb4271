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

/** One of each of these phases, where a step itself is at work, and some more from anywhere. */
export const sampledInEach = (
  places: readonly Place[],
  phases: readonly string[],
  more: number,
  seed: number,
): readonly Place[] => {
  const inEach = phases.map((phase, index) => {
    const [one] = sampled(
      places.filter((place) => place.phase === phase && place.by.startsWith("steps-")),
      1,
      seed + index,
    );
    if (one === undefined) throw new Error(`no crash point of a step is known in ${phase}: record them anew`);
    return one;
  });
  const others = places.filter((place) => !inEach.includes(place));
  return [...inEach, ...sampled(others, more, seed + phases.length)];
};
