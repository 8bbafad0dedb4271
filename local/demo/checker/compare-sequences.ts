/** How one sequence of content ids differs from another. All counts are of records. */
export type Difference = {
  /** Expected, and not there. */
  readonly lost: number;
  /** There more often than expected. */
  readonly repeated: number;
  /** There, and never expected at all. */
  readonly foreign: number;
  /** There, but before a record that should have come earlier. */
  readonly reordered: number;
};

export const NO_DIFFERENCE: Difference = { lost: 0, repeated: 0, foreign: 0, reordered: 0 };

export const isEqual = (difference: Difference): boolean =>
  difference.lost + difference.repeated + difference.foreign + difference.reordered === 0;

export const sumOf = (a: Difference, b: Difference): Difference => ({
  lost: a.lost + b.lost,
  repeated: a.repeated + b.repeated,
  foreign: a.foreign + b.foreign,
  reordered: a.reordered + b.reordered,
});

/**
 * Compares by multiset, so that runs of identical records count right, and then by order: the n-th occurrence of an id is
 * taken for the n-th one expected.
 */
export const compareSequences = (expected: readonly string[], actual: readonly string[]): Difference => {
  const places = new Map<string, { at: number[]; taken: number }>();
  for (const [index, id] of expected.entries()) {
    const known = places.get(id);
    if (known === undefined) places.set(id, { at: [index], taken: 0 });
    else known.at.push(index);
  }
  let repeated = 0;
  let foreign = 0;
  let reordered = 0;
  let matched = 0;
  let furthest = -1;
  for (const id of actual) {
    const known = places.get(id);
    const place = known?.at[known.taken];
    if (known === undefined) foreign++;
    else if (place === undefined) repeated++;
    else {
      known.taken++;
      matched++;
      if (place < furthest) reordered++;
      furthest = Math.max(furthest, place);
    }
  }
  return { lost: expected.length - matched, repeated, foreign, reordered };
};
