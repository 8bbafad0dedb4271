import { expect, it } from "vitest";
import { scheduleName } from "#adapters/scheduler/schedule-name.ts";
import { atExpression, scheduleTime } from "#adapters/scheduler/schedule-time.ts";

const freeze = (migration: string, wave: string, freezeId = "f1") => ({ ref: { migration, wave }, freezeId });
const at = (time: string): number => Date.parse(`2026-03-01T${time}Z`);

it("names a schedule as Scheduler allows, short and long alike, one per freeze", () => {
  const names = [
    freeze("shop", "payments"),
    freeze("shop", "payments", "f2"),
    freeze("shop_payments", "x"),
    freeze("shop", "payments_x"),
    freeze("a".repeat(80), "b".repeat(80)),
    freeze("a".repeat(80), "b".repeat(81)),
    freeze("läden", "zahlung/1"),
  ].map(scheduleName);
  for (const name of names) expect(name).toMatch(/^[0-9a-zA-Z_.-]{1,64}$/);
  expect(new Set(names).size).toBe(names.length);
  expect(names[0]).toMatch(/^shop_payments_/);
  expect(scheduleName(freeze("shop", "payments"))).toBe(names[0]);
});

it("is set so that Scheduler, whose precision is a minute, calls before the deadline where there is time", () => {
  for (const [deadline, now, expected] of [
    ["12:10:30.500", "12:00:00.000", "12:09:00"],
    ["12:10:00.000", "12:00:00.000", "12:09:00"],
    // A minute early is over already: as soon as can be.
    ["12:01:00.250", "12:00:00.250", "12:00:06"],
    ["12:00:30.000", "12:00:00.000", "12:00:05"],
  ] as const)
    expect(atExpression(scheduleTime(at(deadline), at(now)))).toBe(`at(2026-03-01T${expected})`);
  const called = scheduleTime(at("12:10:59"), at("12:00:00")) + 59_999;
  expect(called).toBeLessThan(at("12:10:59"));
});
