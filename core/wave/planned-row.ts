import { GENESIS } from "#core/journal/chain.ts";
import type { WaveRef, WaveRow } from "./wave.ts";

/** The row of a wave that nobody has started. `now` in milliseconds. */
export const plannedRow = ({ migration, wave }: WaveRef, now: number): WaveRow => ({
  migration,
  wave,
  phase: "planned",
  version: 0,
  attempt: 1,
  run: 0,
  approvals: [],
  journal: { sequence: 0, hash: GENESIS },
  updatedAt: now,
});

/** Somebody has started it, whatever became of it. */
export const wasStarted = ({ phase, run }: Pick<WaveRow, "phase" | "run">): boolean => phase !== "planned" || run > 0;
