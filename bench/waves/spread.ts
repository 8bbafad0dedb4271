export type Spread = { readonly median: number; readonly p95: number; readonly max: number };

export const spread = (values: readonly number[]): Spread => {
  const sorted = values.toSorted((a, b) => a - b);
  // Nearest rank: a value that was measured, never one between two.
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
  return { median: at(0.5), p95: at(0.95), max: at(1) };
};

/** Each part of all repetitions, in the order of these names and then as they came; a part that one did not have took it nothing. */
export const spreadOfParts = (
  repetitions: readonly ReadonlyMap<string, number>[],
  order: readonly string[],
): ReadonlyMap<string, Spread> => {
  const names = new Set(repetitions.flatMap((parts) => [...parts.keys()]));
  const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return new Map(
    [...names]
      .toSorted((a, b) => place(a) - place(b))
      .map((name) => [name, spread(repetitions.map((parts) => parts.get(name) ?? 0))]),
  );
};

export const roundedSpread = <T extends Readonly<Record<string, number>>>(of: T): Readonly<Record<string, number>> =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, Math.round(value)]));

/** As ratios are given out. */
export const roundedRatio = (value: number): number => Number(value.toFixed(3));
