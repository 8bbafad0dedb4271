import { expect, it } from "vitest";
import { LIFECYCLE, THAW, TURNS } from "#core/wave/lifecycle.ts";
import { HAUNTED_PHASES, sampledHaunting } from "./haunted-wave.ts";
import { HAUNTINGS } from "./main.ts";

it("a handler of each phase in which anything is done can be a zombie, by some seed and in the bench", () => {
  expect(HAUNTED_PHASES).toEqual(new Set([...LIFECYCLE.map(({ doing }) => doing), THAW.doing, ...Object.keys(TURNS)]));
  const all = Array.from({ length: 200 }, (_, seed) => sampledHaunting(seed));
  expect(new Set(all.flatMap(({ forward, back }) => [...forward, ...back]))).toEqual(HAUNTED_PHASES);
  for (const { forward, back } of all) expect([forward.length, back.length]).toEqual([2, 1]);
  const benched = Object.values(HAUNTINGS).flatMap(({ forward, back }) => [...forward, ...back]);
  expect(benched.toSorted()).toEqual([...HAUNTED_PHASES].toSorted());
});
