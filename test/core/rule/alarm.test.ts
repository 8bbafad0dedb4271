import { describe, expect, it } from "vitest";
import { type Alarm, alarmsOf, judgeAlarm, judgeAlarmAtGate } from "#core/rule/alarm.ts";

const BEGAN = 1_800_000_000_000;
const alarm = (state: Alarm["state"], changedAt = BEGAN + 1): Alarm => ({
  name: "errors",
  state,
  stateReason: "12 errors in a minute",
  changedAt,
});

describe("an alarm, once clients have moved", () => {
  it("is a reason to go back where it came in this attempt, and says what, why and since when", () => {
    expect(judgeAlarm("errors", alarm("ALARM"), BEGAN)).toEqual({
      verdict: "breached",
      since: BEGAN + 1,
      reason: "CloudWatch alarm errors is in ALARM since 2027-01-15T08:00:00.001Z (12 errors in a minute)",
    });
    expect(judgeAlarm("errors", alarm("ALARM", BEGAN), BEGAN).verdict).toBe("breached");
  });

  it.each<[string, Alarm | undefined, number | undefined, string]>([
    ["that stood before the attempt", alarm("ALARM", BEGAN - 1), BEGAN, "clear"],
    ["of a wave of which nobody knows when it began", alarm("ALARM"), undefined, "clear"],
    ["that is OK", alarm("OK"), BEGAN, "clear"],
    ["without data", alarm("INSUFFICIENT_DATA"), BEGAN, "unknown"],
    ["that does not exist", undefined, BEGAN, "unknown"],
  ])("%s is none", (_what, now, began, verdict) => {
    expect(judgeAlarm("errors", now, began).verdict).toBe(verdict);
  });
});

it.each<[string, Alarm | undefined, string]>([
  ["that is OK", alarm("OK"), "pass"],
  ["that stands in ALARM, since whenever", alarm("ALARM", 0), "hold"],
  ["without data", alarm("INSUFFICIENT_DATA"), "unknown"],
  ["that does not exist", undefined, "fail"],
])("at the gate an alarm %s", (_what, now, verdict) => {
  expect(judgeAlarmAtGate("errors", now).verdict).toBe(verdict);
});

it("rolls back the waves that it names, and every wave where it names none", () => {
  const policy = { alarms: [{ name: "all" }, { name: "one", waves: ["payments"] }] };
  expect(alarmsOf(policy, "payments")).toEqual(["all", "one"]);
  expect(alarmsOf(policy, "orders")).toEqual(["all"]);
});
