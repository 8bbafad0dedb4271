import { ENDS } from "./lifecycle.ts";
import { wasStarted } from "./planned-row.ts";
import type { WaveRow } from "./wave.ts";

/**
 * Whether the timer looks at this wave. A held wave is looked at too: its windows go on, and its fences are watched.
 * A started wave that is still planned is looked at, since its first execution may have been lost.
 */
export const needsTicks = ({ phase, run }: Pick<WaveRow, "phase" | "run">): boolean =>
  !ENDS.includes(phase) && wasStarted({ phase, run });
