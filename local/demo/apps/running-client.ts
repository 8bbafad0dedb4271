import type { Position } from "./position.ts";

export type RunningClient = {
  /** Told by the switch; the client moves when it has finished what it is doing. */
  readonly goTo: (position: Position) => void;
  /** Finishes what it is doing, leaves its cluster and closes its journal. */
  readonly stop: () => Promise<void>;
};
