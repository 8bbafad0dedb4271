/** Laps of one stretch of work, in whole milliseconds of a monotonic clock; `total` is the sum. */
export type Stopwatch = {
  /** Ends a lap now, or at an earlier moment of `performance.now()`; never before the lap began. */
  readonly lap: (name: string, endedAt?: number) => void;
  readonly laps: () => Readonly<Record<string, number>>;
};

export function stopwatch(): Stopwatch {
  const startedAt = performance.now();
  let last = startedAt;
  const taken: Record<string, number> = {};
  return {
    lap: (name, endedAt = performance.now()) => {
      const now = Math.max(last, endedAt);
      taken[name] = (taken[name] ?? 0) + Math.round(now - last);
      last = now;
    },
    laps: () => ({ ...taken, total: Math.round(last - startedAt) }),
  };
}
