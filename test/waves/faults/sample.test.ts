import { expect, it } from "vitest";
import { LIFECYCLE, THAW, TURNS } from "#core/wave/lifecycle.ts";
import { FAULTS } from "./faults.ts";
import { STRUCK_PHASES } from "./in-lab.ts";
import { AT_GATES, isAnythingThere } from "./phases.ts";
import { SAMPLED_PHASES, sampledStrikes } from "./sample.ts";

/** In which anything is done, forward and back. */
const DOING = new Set<string>([...LIFECYCLE.map(({ doing }) => doing), THAW.doing, ...Object.keys(TURNS)]);
const strikesOf = (seed: number) => {
  const { forward, givenUp, comesBack } = sampledStrikes(seed);
  return { forward, back: [givenUp, comesBack], all: [...forward, givenUp, comesBack] };
};

it("each phase in which anything is done is among those that a seed chooses from, and the bench strikes in each, and at each gate", () => {
  expect(SAMPLED_PHASES).toEqual(DOING);
  expect(new Set(STRUCK_PHASES)).toEqual(new Set([...DOING, ...AT_GATES]));
});

it("seeds come by each phase and each fault; one seed strikes forward and back, each phase once, with faults of which something is there", () => {
  const strikes = Array.from({ length: 500 }, (_, seed) => strikesOf(seed));
  for (const { forward, back, all } of strikes) {
    expect([forward.length, back.length]).toEqual([2, 2]);
    expect(new Set(all.map(([phase]) => phase)).size).toBe(all.length);
    expect(new Set(all.map(([, fault]) => fault)).size).toBe(all.length);
    expect(all.filter((strike) => !isAnythingThere(strike))).toEqual([]);
  }
  const all = strikes.flatMap((one) => one.all);
  expect(new Set(all.map(([phase]) => phase))).toEqual(DOING);
  expect(new Set(all.map(([, fault]) => fault))).toEqual(new Set(Object.keys(FAULTS)));
});

it("the same seed strikes the same", () => {
  expect(sampledStrikes(7)).toEqual(sampledStrikes(7));
  expect(sampledStrikes(7)).not.toEqual(sampledStrikes(8));
});
