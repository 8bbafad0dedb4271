import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FUNCTIONS } from "#functions/manifest.ts";
import type { InvokeFunction } from "#local/edge/invoke-function.ts";
import { startTimer, type Timer } from "#local/edge/timer.ts";

const minute = 60_000;
const hour = 60 * minute;
const NIGHTLY = "timer-take-nightly-snapshots";
let timer: Timer | undefined;

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 5, 1, 2, 10) });
});
afterEach(async () => {
  await timer?.end();
  vi.useRealTimers();
});

function started(invoke: InvokeFunction = async () => ({ requestId: "r", kind: "result", value: null })) {
  const calls: { readonly name: string; readonly at: string }[] = [];
  const seen: InvokeFunction = async (entry, event) => {
    calls.push({ name: entry.name, at: new Date().toISOString() });
    return invoke(entry, event);
  };
  const functions = new Map(FUNCTIONS.map((entry) => [entry.name, entry]));
  timer = startTimer({ functions, invoke: seen, tickSeconds: 60 });
  return (name: string) => calls.filter((call) => call.name === name).map(({ at }) => at);
}

it("calls what is nightly once in each night, at its hour, and what ticks at each tick", async () => {
  const callsOf = started();
  expect(callsOf("timer-tick-active-waves")).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(4 * minute);
  expect(callsOf(NIGHTLY)).toEqual([]);
  await vi.advanceTimersByTimeAsync(minute);
  expect(callsOf(NIGHTLY)).toEqual(["2026-06-01T02:15:00.000Z"]);
  await vi.advanceTimersByTimeAsync(48 * hour);
  expect(callsOf(NIGHTLY)).toEqual([1, 2, 3].map((day) => `2026-06-0${day}T02:15:00.000Z`));
  expect(callsOf("timer-tick-active-waves")).toHaveLength(1 + 5 + 48 * 60);
});

it("does not make up for the hour before it was started, and goes on after a failed night or a clock set back", async () => {
  vi.setSystemTime(Date.UTC(2026, 5, 1, 12));
  const callsOf = started(async ({ name }) =>
    name === NIGHTLY
      ? { requestId: "r", kind: "unavailable", reason: "the host is gone" }
      : { requestId: "r", kind: "result", value: null },
  );
  await vi.advanceTimersByTimeAsync(hour);
  expect(callsOf(NIGHTLY)).toEqual([]);
  await vi.advanceTimersByTimeAsync(14 * hour);
  expect(callsOf(NIGHTLY)).toHaveLength(1);
  vi.setSystemTime(Date.UTC(2026, 5, 2, 1));
  await vi.advanceTimersByTimeAsync(2 * hour);
  expect(callsOf(NIGHTLY)).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(24 * hour);
  expect(callsOf(NIGHTLY)).toHaveLength(2);
});

it("leaves a night's run out while the one before is still under way", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const callsOf = started(async (entry) => {
    if (entry.name === NIGHTLY) await promise;
    return { requestId: "r", kind: "result", value: null };
  });
  await vi.advanceTimersByTimeAsync(25 * hour);
  expect(callsOf(NIGHTLY)).toHaveLength(1);
  resolve();
  await vi.advanceTimersByTimeAsync(24 * hour);
  expect(callsOf(NIGHTLY)).toHaveLength(2);
});
