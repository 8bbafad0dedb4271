import type { WaveRef } from "#core/wave/wave.ts";

export type FreezeRef = { readonly ref: WaveRef; readonly freezeId: string };

/** A one-shot schedule by which somebody looks at a freeze at its deadline, whatever became of its handler. */
export interface DeadlineSchedule {
  /** One per freeze: a later time takes the place of an earlier one. `at` in ms. */
  schedule(freeze: FreezeRef, at: number): Promise<void>;
  /** One that is gone already is fine. */
  cancel(freeze: FreezeRef): Promise<void>;
}
