import { ABORT, isTurnPhase, ROLL_BACK } from "./lifecycle.ts";
import type { WaveRow } from "./wave.ts";

/**
 * When any hand may take a turn of the way back in which clients stand still, in ms: the first at its deadline, which waits
 * for no lease, a later one as soon as nobody has its lease. Undefined: no client stands still for one.
 */
export const overdueTurnAt = ({ phase, claim, rollBack, updatedAt }: WaveRow): number | undefined => {
  if (!isTurnPhase(phase) || phase === ABORT.doing) return undefined;
  if (phase === ROLL_BACK.doing && rollBack?.isForced !== true) return rollBack?.deadlineAt ?? 0;
  return claim?.leaseUntil ?? updatedAt;
};
