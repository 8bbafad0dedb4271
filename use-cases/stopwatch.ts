import type { Clock } from "./ports/clock.ts";

/** Laps of one stretch of work, in whole milliseconds of a monotonic clock; `total` is the sum. */
export type Stopwatch = {
  /** Ends a lap now, or at an earlier moment of the monotonic clock; never before the lap began. */
  readonly lap: (name: string, endedAt?: number) => void;
  readonly laps: () => Readonly<Record<string, number>>;
};

export function stopwatch(clock: Pick<Clock, "monotonic">): Stopwatch {
  const startedAt = clock.monotonic();
  let last = startedAt;
  const taken: Record<string, number> = {};
  return {
    lap: (name, endedAt = clock.monotonic()) => {
      const now = Math.max(last, endedAt);
      taken[name] = (taken[name] ?? 0) + Math.round(now - last);
      last = now;
    },
    laps: () => ({ ...taken, total: Math.round(last - startedAt) }),
  };
}
