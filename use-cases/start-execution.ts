import { machineOf } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { Engine, RunRef } from "./ports/engine.ts";

const runOf = ({ migration, wave, attempt, run }: WaveRow): RunRef => ({ migration, wave, attempt, run });

/** The execution of the row's run, on the machine that its phase belongs to. */
export const startExecution = (engine: Engine, row: WaveRow): Promise<void> =>
  engine.start(runOf(row), machineOf(row.phase));

export const hasExecution = (engine: Engine, row: WaveRow): Promise<boolean> =>
  engine.isRunning(runOf(row), machineOf(row.phase));
