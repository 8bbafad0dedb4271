import type { Side } from "#core/kafka/offset.ts";
import { isSameRecord, type VisibleRecord } from "#core/kafka/visible-record.ts";

/** The last visible records of a log; `isWhole`: there are none before them. */
export type Tail<S extends Side> = { readonly records: readonly VisibleRecord<S>[]; readonly isWhole: boolean };

export type TailComparison =
  | { readonly kind: "equal" }
  | { readonly kind: "different"; readonly reason: string }
  /** The tails are too short to tell. */
  | { readonly kind: "more"; readonly of: "from" | "to" };

/**
 * Whether `to` has come to the end of `from`: the same last record, and the tail of `from` contained in order, so that a
 * run of identical records at the end is counted. The tail of `from` must hold two records that differ, unless it is whole.
 * `toMayHoldMore`: others may have written to `to` since, so that only the containment in order counts.
 */
export const compareTails = <A extends Side, B extends Side>(
  from: Tail<A>,
  to: Tail<B>,
  toMayHoldMore = false,
): TailComparison => {
  const lastFrom = from.records.at(-1);
  const lastTo = to.records.at(-1);
  if (lastFrom === undefined) return from.isWhole ? { kind: "equal" } : { kind: "more", of: "from" };
  if (lastTo === undefined)
    return to.isWhole
      ? { kind: "different", reason: `holds nothing, while record ${lastFrom.offset} ends the other side` }
      : { kind: "more", of: "to" };
  if (!toMayHoldMore && !isSameRecord(lastFrom, lastTo))
    return {
      kind: "different",
      reason: `ends with record ${lastTo.offset}, which is not the copy of ${lastFrom.offset}`,
    };
  if (!from.isWhole && from.records.every((record) => isSameRecord(record, lastFrom)))
    return { kind: "more", of: "from" };
  let left = from.records.length;
  for (let index = to.records.length - 1; index >= 0 && left > 0; index -= 1) {
    const copy = to.records[index];
    const wanted = from.records[left - 1];
    if (copy !== undefined && wanted !== undefined && isSameRecord(copy, wanted)) left -= 1;
  }
  if (left === 0) return { kind: "equal" };
  if (!to.isWhole) return { kind: "more", of: "to" };
  return {
    kind: "different",
    reason: `lacks record ${from.records[left - 1]?.offset} where its order puts it before ${lastTo.offset}`,
  };
};
