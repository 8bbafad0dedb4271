import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { ABORT, LIFECYCLE, ROLL_BACK, THAW } from "#core/wave/lifecycle.ts";
import type { Place } from "./places.ts";

export const anySeed = (): number => Math.floor(Math.random() * 2 ** 31);

/** That many, the same for the same seed; all in a seeded order where there are not so many. */
export const sampled = <T>(places: readonly T[], count: number, seed: number): readonly T[] => {
  const length = Math.min(count, places.length);
  const [chosen = []] = fc.sample(fc.shuffledSubarray([...places], { minLength: length, maxLength: length }), {
    seed,
    numRuns: 1,
  });
  return chosen;
};

/** What is chosen at once is chosen independently; the same for the same seed. */
export const chosenBy = <T>(seed: number, choices: fc.Arbitrary<T>): T => {
  const [chosen] = fc.sample(choices, { seed, numRuns: 1 });
  if (chosen === undefined) throw new Error(`seed ${seed} chooses nothing`);
  return chosen;
};

/** What completes each doing-phase in the journal. */
const COMPLETED_AS: ReadonlyMap<string, string> = new Map<string, string>([
  ...LIFECYCLE.map(({ doing, completedAs }) => [doing, completedAs] as const),
  [THAW.doing, "WaveThawed"],
  [ROLL_BACK.doing, "ReturnClaimed"],
  [ROLL_BACK.lastTurn, "WaveRolledBack"],
  [ROLL_BACK.withdrawing, "RollBackWithdrawn"],
  [ABORT.doing, "WaveAborted"],
]);

/** Every run of the step comes by its completion; what else it comes by depends on what others do meanwhile. */
export type InPhase = Place & { readonly orAt: string };

/** One of each of these phases that is such a one, where the step's own function is at work. */
export const sampledInEach = (
  places: readonly Place[],
  phases: readonly string[],
  seed: number,
  isSuch: (place: Place) => boolean = () => true,
): readonly InPhase[] =>
  phases.map((phase, index) => {
    const completion = `WaveStore.write(${COMPLETED_AS.get(phase)})/before`;
    const last = places.find((place) => place.phase === phase && place.point.endsWith(completion));
    const own = places.filter((place) => place.phase === phase && place.by === last?.by && isSuch(place));
    const [one] = sampled(own, 1, seed + index);
    if (one === undefined || last === undefined)
      throw new Error(`no crash point of a step is known in ${phase}: npm run bench:crash-points -- --record`);
    return { ...one, orAt: last.point };
  });

/** Of crash points `npm test` uses others each time, unless it is told which. */
export const testSeed = (): number => givenSeed() ?? anySeed();

/** Of outages and zombies it uses the same for the same commit: who runs a red one again sees what was seen. */
export const commitSeed = (): number => givenSeed() ?? commitNumber() ?? anySeed();

const givenSeed = (): number | undefined => {
  const given = process.env["SLUICE_CRASH_SEED"];
  if (given === undefined) return undefined;
  const seed = Number(given);
  if (!Number.isInteger(seed) || seed < 0)
    throw new Error(`SLUICE_CRASH_SEED ${given}: expected a whole number, as a failed test printed it`);
  return seed;
};

/** Undefined where the code was copied without its repository. */
const commitNumber = (): number | undefined => {
  const { stdout } = spawnSync("git", ["rev-parse", "HEAD"], { cwd: import.meta.dirname, encoding: "utf8" });
  const [hex] = /^[0-9a-f]{7}/.exec(stdout ?? "") ?? [];
  return hex === undefined ? undefined : Number.parseInt(hex, 16);
};
