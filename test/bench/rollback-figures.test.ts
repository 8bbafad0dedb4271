import { expect, it } from "vitest";
import type { Entry } from "#local/demo/wave-api.ts";
import { figuresOf, LIMITS, type Repetition, ratiosOf } from "../../bench/rollback/figures.ts";
import { asJson, asText } from "../../bench/rollback/report.ts";
import { rollBackShare } from "../../bench/rollback/roll-back-share.ts";

const entry = (event: string, at: number, details: Entry["details"] = {}): Entry => ({
  sequence: at,
  event,
  at,
  by: "sluice",
  phase: "x",
  details,
});

const journal = [
  entry("StepClaimed", 900, { step: "freeze" }),
  entry("ProducersMoved", 950, { milliseconds: { facts: 3, total: 3 } }),
  entry("RollBackOrdered", 1700),
  entry("StepClaimed", 1900, { step: "roll-back" }),
  entry("ReturnClaimed", 3000, {
    milliseconds: { brake: 400, fence: 300, content: 150, stop: 50, pin: 50, groups: 100, total: 1050 },
  }),
  entry("WaveRolledBack", 4500, {
    milliseconds: { fence: 100, consumers: 10, producers: 20, seen: 500, "taken down": 800, total: 1430 },
  }),
];

it("counts from the alarm to rolled back, part by part, and what lies between the parts", () => {
  const share = rollBackShare(journal, 1000);
  expect(share?.milliseconds).toBe(3500);
  expect(Object.fromEntries(share?.parts ?? [])).toEqual({
    "alarm to order": 700,
    "order to claim": 200,
    "back: brake": 400,
    "back: fence": 300,
    "back: content": 150,
    "back: stop": 50,
    "back: pin": 50,
    "back: groups": 100,
    "return: fence": 100,
    "return: consumers": 10,
    "return: producers": 20,
    "return: seen": 500,
    "return: taken down": 800,
    between: 120,
  });
});

it("knows no roll-back of an alarm that came after it, or that has not ended", () => {
  expect(rollBackShare(journal, 2000)).toBeUndefined();
  expect(rollBackShare(journal.slice(0, -1), 1000)).toBeUndefined();
});

it("takes a turn that was taken up again by its last laps, and the lost time as between", () => {
  const again = [...journal.slice(0, 4), entry("StepTakenUp", 2500, { step: "roll-back" }), ...journal.slice(4)];
  expect(rollBackShare(again, 1000)).toEqual(rollBackShare(journal, 1000));
});

const repetition = (milliseconds: number, parts: Readonly<Record<string, number>>): Repetition => ({
  wave: "w",
  share: { milliseconds, parts: new Map(Object.entries(parts)) },
  alarmToClientsBack: milliseconds - 100,
  consumersStoodStill: milliseconds / 2,
  producersStoodStill: milliseconds / 4,
  recordsPerSecond: 2000 + milliseconds,
  floor: { stop: 50, fence: 10, commit: 40 },
  findings: [],
});
const figures = figuresOf([
  repetition(4000, { between: 5, "return: seen": 500, "alarm to order": 700 }),
  repetition(6000, { between: 7, "return: seen": 900, "alarm to order": 900 }),
]);
const RECORDS = { acknowledged: 5, lost: 0, repeated: 0, findings: [] };

it("shows the parts as they follow one another, and the whole beside its limit and the bare calls", () => {
  expect([...figures.parts.keys()]).toEqual(["alarm to order", "return: seen", "between"]);
  expect(figures.alarmToRolledBack).toEqual({ median: 4000, p95: 6000, max: 6000 });
  expect(figures.producersStoodStill).toEqual({ median: 1000, p95: 1500, max: 1500 });
  expect(figures.recordsPerSecond).toEqual({ median: 6000, least: 6000 });
  expect(figures.floor.median).toBe(100);
  expect(ratiosOf(figures)).toEqual({
    alarmToRolledBackP95ToLimit: 6000 / LIMITS.alarmToRolledBack,
    alarmToRolledBackToFloor: 40,
    producersStoodStillToFloor: 10,
  });
});

it("says what failed, and gives every figure as whole milliseconds", () => {
  expect(asText(figures, RECORDS, [])).toContain("VERDICT: every roll-back succeeded, nothing lost or repeated");
  const failed = asText(figures, { ...RECORDS, lost: 2 }, ["a roll-back took longer than its limit"]);
  expect(failed).toContain("2 lost");
  expect(failed).toContain("VERDICT: FAILED\n  - a roll-back took longer than its limit");
  expect(asJson(figures, RECORDS)).toMatchObject({
    name: "rollback",
    figures: {
      times: 2,
      alarmToRolledBackMilliseconds: { median: 4000, p95: 6000, max: 6000 },
      consumersStoodStillMilliseconds: { median: 2000, p95: 3000, max: 3000 },
      partsMilliseconds: { "return: seen": { median: 500, p95: 900, max: 900 } },
      recordsLost: 0,
      recordsRepeated: 0,
    },
    ratios: ratiosOf(figures),
  });
});
