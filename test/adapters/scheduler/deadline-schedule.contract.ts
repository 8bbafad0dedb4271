import { expect, it } from "vitest";
import type { DeadlineSchedule } from "#use-cases/ports/deadline-schedule.ts";

/** What every schedule of deadlines must do. */
export const deadlineScheduleContract = (
  lab: () => { readonly deadlines: DeadlineSchedule; readonly now: number; standing(): Promise<number> },
): void =>
  it("by contract holds one time per freeze, moves it, and forgets it, each as often as it is asked", async () => {
    const { deadlines, now, standing } = lab();
    const ref = { migration: "shop", wave: "by-contract" };
    const [first, second] = [
      { ref, freezeId: "c1" },
      { ref, freezeId: "c2" },
    ] as const;
    const before = await standing();
    await deadlines.schedule(first, now + 600_000);
    await deadlines.schedule(first, now + 600_000);
    await deadlines.schedule(first, now + 900_000);
    expect(await standing()).toBe(before + 1);
    await deadlines.schedule(second, now + 600_000);
    expect(await standing()).toBe(before + 2);
    await deadlines.cancel(first);
    await deadlines.cancel(first);
    expect(await standing()).toBe(before + 1);
    await deadlines.cancel(second);
    expect(await standing()).toBe(before);
  });
