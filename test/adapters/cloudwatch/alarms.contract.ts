import { expect, it } from "vitest";
import type { Alarm } from "#core/rule/alarm.ts";
import type { Alarms } from "#use-cases/ports/alarms.ts";

/** Alarms that a test turns. */
export type AlarmsLab = {
  readonly alarms: Alarms;
  readonly now: () => number;
  turn(name: string, state: Alarm["state"], reason: string): Promise<void>;
};

/** What all alarms must do. */
export const alarmsContract = (lab: () => AlarmsLab): void =>
  it("by contract says state, reason and since when, and leaves out a name that does not exist", async () => {
    const { alarms, now, turn } = lab();
    const before = now();
    await turn("by-contract", "ALARM", "12 errors in a minute");
    const found = await alarms.describe(["by-contract", "by-contrat"]);
    expect([...found.keys()]).toEqual(["by-contract"]);
    expect(found.get("by-contract")).toEqual({
      name: "by-contract",
      state: "ALARM",
      stateReason: "12 errors in a minute",
      changedAt: expect.any(Number),
    });
    const changedAt = found.get("by-contract")?.changedAt ?? 0;
    expect(changedAt).toBeGreaterThanOrEqual(before - 1);
    expect(changedAt).toBeLessThanOrEqual(now());
    await turn("by-contract", "INSUFFICIENT_DATA", "no points");
    expect((await alarms.describe(["by-contract"])).get("by-contract")?.state).toBe("INSUFFICIENT_DATA");
    expect(await alarms.describe([])).toEqual(new Map());
  });
