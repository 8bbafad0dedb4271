/** Laps of one stretch of work, in whole milliseconds of a monotonic clock; `total` is the sum. */
export type Stopwatch = { readonly lap: (name: string) => void; readonly laps: () => Readonly<Record<string, number>> };

export function stopwatch(): Stopwatch {
  const startedAt = performance.now();
  let last = startedAt;
  const taken: Record<string, number> = {};
  return {
    lap: (name) => {
      const now = performance.now();
      taken[name] = (taken[name] ?? 0) + Math.round(now - last);
      last = now;
    },
    laps: () => ({ ...taken, total: Math.round(last - startedAt) }),
  };
}
