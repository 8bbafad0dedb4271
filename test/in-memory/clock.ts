import type { Clock } from "#use-cases/ports/clock.ts";

/** A clock that stands still but for sleeping. */
export const standingClock = (start = 1_800_000_000_000): Clock & { advance(milliseconds: number): void } => {
  let now = start;
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
    advance: (milliseconds) => {
      now += milliseconds;
    },
  };
};
