import { type Eligibility, eligibility } from "#core/wave/eligibility.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { Clock } from "./ports/clock.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { type WaveState, waveState } from "./wave-state.ts";
import { wayBackFacts } from "./way-back-facts.ts";

export type WaveAnswer = WaveState & { readonly wayBack: Eligibility };

export type Answering = { readonly store: WaveStore; readonly clock: Clock };

/** Every answer says whether the wave can still go back, and at what cost. */
export async function waveAnswer(deps: Answering, row: WaveRow): Promise<WaveAnswer> {
  const migration = await deps.store.migration(row.migration);
  const facts = await wayBackFacts(deps, row, migration?.policy.evidenceSeconds ?? 0);
  return { ...waveState(row), wayBack: eligibility(row, facts, deps.clock.now()) };
}
