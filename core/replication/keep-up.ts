import type { Reading } from "./observation-window.ts";

export type GroupLag = {
  readonly group: string;
  /** Records between the group's committed offsets and the ends, of all its partitions; undefined: not measured. */
  readonly lagRecords: bigint | undefined;
  readonly maxLagRecords: number;
};

/** One sample of the keep-up window: every moved group is within its own limit. */
export const keepUpReading = (at: number, groups: readonly GroupLag[]): Reading => {
  const unmeasured = groups.filter(({ lagRecords }) => lagRecords === undefined);
  if (unmeasured.length > 0)
    return { at, kind: "missing", reason: `no lag was measured of ${unmeasured.map(({ group }) => group).join(", ")}` };
  const late = groups.filter(({ lagRecords, maxLagRecords }) => (lagRecords ?? 0n) > BigInt(maxLagRecords));
  if (late.length === 0) return { at, kind: "good" };
  const reason = late.map((g) => `group ${g.group} is ${g.lagRecords} records behind, more than ${g.maxLagRecords}`);
  return { at, kind: "bad", reason: reason.join("; ") };
};
