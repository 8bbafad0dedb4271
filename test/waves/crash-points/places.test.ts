import { expect, it } from "vitest";
import { ABORT, LIFECYCLE, ROLL_BACK, THAW } from "#core/wave/lifecycle.ts";
import { CRASH_POINTS } from "#use-cases/crash-point-list.ts";
import { knownPlaces } from "./places.ts";
import { sampled, sampledInEach } from "./sample.ts";

const places = knownPlaces();
const listed = new Set(
  Object.entries(CRASH_POINTS).flatMap(([useCase, effects]) => effects.map((one) => `${useCase}/${one}`)),
);
const effectOf = (point: string): string => point.replace(/\/(before|after)$/, "").replace(/\(\w+\)$/, "");

it("knows no place that the code lacks: after a use case was renamed or lost an effect, record them anew", () => {
  expect(places.filter(({ point }) => !listed.has(effectOf(point)))).toEqual([]);
  expect(places.length).toBeGreaterThan(500);
});

it("has a crash of a step's own function for each doing-phase, forward and back, whatever the seed", () => {
  const of = (story: string) => places.filter((place) => place.story === story);
  for (let seed = 0; seed < 50; seed++) {
    const onward = [...LIFECYCLE.map(({ doing }) => doing), THAW.doing];
    expect(sampledInEach(of("onward"), onward, seed).map(({ phase }) => phase)).toEqual(onward);
    const back = [ROLL_BACK.doing, ROLL_BACK.lastTurn, ROLL_BACK.withdrawing];
    expect(sampledInEach(of("back"), back, seed).map(({ phase }) => phase)).toEqual(back);
    expect(sampledInEach(of("aborted"), [ABORT.doing], seed)).toHaveLength(1);
  }
});

it("chooses the same places for the same seed, and others for another", () => {
  expect(sampled(places, 20, 7)).toEqual(sampled(places, 20, 7));
  expect(sampled(places, 20, 7)).not.toEqual(sampled(places, 20, 8));
  expect(new Set(sampled(places, 20, 7)).size).toBe(20);
});
