import type { Position } from "./position.ts";

/** Where a client should be, and a way to wait for the next change without looking again and again. */
export type Turn = {
  readonly wanted: () => Position;
  readonly isStopped: () => boolean;
  readonly goTo: (position: Position) => void;
  readonly stop: () => void;
  /** Resolves at the next change, or at once when the position is no longer this one. */
  readonly changeFrom: (position: Position) => Promise<void>;
};

export const turn = (): Turn => {
  let position: Position = "paused";
  let isStopped = false;
  let waiting: (() => void)[] = [];
  const changed = (): void => {
    const told = waiting;
    waiting = [];
    for (const tell of told) tell();
  };
  return {
    wanted: () => position,
    isStopped: () => isStopped,
    goTo: (next) => {
      position = next;
      changed();
    },
    stop: () => {
      isStopped = true;
      changed();
    },
    changeFrom: (seen) =>
      isStopped || position !== seen ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve)),
  };
};
