import { THAW } from "./lifecycle.ts";
import type { WaveRow } from "./wave.ts";

/** A thaw that does not know yet whether a client has written on the target: where one has, it goes forward. */
export const mayThawForward = ({ phase, freeze }: Pick<WaveRow, "phase" | "freeze">): boolean =>
  phase === THAW.doing && freeze?.mayHaveMovedProducers === true;
