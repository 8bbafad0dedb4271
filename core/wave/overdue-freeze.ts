import { isPastDeadline } from "./decisions.ts";
import { THAW } from "./lifecycle.ts";
import type { WaveRow } from "./wave.ts";

/**
 * When any hand may lift the freeze that stands, in ms: at its deadline, or where its thaw has begun, as soon as nobody has
 * the lease of that any more. Undefined: there is none, or it waits for a person.
 */
export const overdueAt = (row: WaveRow): number | undefined => {
  if (row.phase === THAW.doing) return row.claim?.leaseUntil ?? 0;
  return row.freeze !== undefined && isPastDeadline(row, row.freeze.deadlineAt) ? row.freeze.deadlineAt : undefined;
};
