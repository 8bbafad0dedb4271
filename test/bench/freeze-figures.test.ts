import { expect, it } from "vitest";
import { figuresOf, type Repetition, ratiosOf } from "../../bench/freeze/figures.ts";
import { spread } from "../../bench/waves/spread.ts";

const repetition = (milliseconds: number, parts: Readonly<Record<string, number>>): Repetition => ({
  wave: "w",
  controlPlane: { milliseconds, parts: new Map(Object.entries(parts)) },
  producersView: 2 * milliseconds,
  recordsPerSecond: 3000 + milliseconds,
  floor: { fence: 10, stop: 100, offsets: 90 },
});

it("gives values that were measured: of twenty the second largest is the 95th percentile", () => {
  const twenty = Array.from({ length: 20 }, (_, index) => 20 - index);
  expect(spread(twenty)).toEqual({ median: 10, p95: 19, max: 20 });
  expect(spread([7])).toEqual({ median: 7, p95: 7, max: 7 });
});

it("shows the parts as they follow one another, and the whole beside its limits and the bare calls", () => {
  const figures = figuresOf([
    repetition(400, { between: 5, "drain stop": 90, "move start": 30, "freeze order": 20 }),
    repetition(600, { between: 7, "drain stop": 110, "move start": 40, "freeze order": 30 }),
    repetition(1000, { between: 9, "drain stop": 95, "move start": 20, "freeze order": 10 }),
  ]);
  expect([...figures.parts.keys()]).toEqual(["freeze order", "drain stop", "move start", "between"]);
  expect(figures.parts.get("drain stop")).toEqual({ median: 95, p95: 110, max: 110 });
  expect(figures.recordsPerSecond).toEqual({ median: 3600, least: 3400 });
  expect(ratiosOf(figures)).toEqual({
    controlPlaneP95ToLimit: 0.5,
    producersViewP95ToLimit: 0.5,
    controlPlaneToFloor: 3,
  });
});
