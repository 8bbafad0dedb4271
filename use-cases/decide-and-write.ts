import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { Write } from "#core/wave/decision.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { Clock } from "./ports/clock.ts";
import type { WaveStore } from "./ports/wave-store.ts";

const ATTEMPTS = 5;

export const loadWave = async (store: WaveStore, ref: WaveRef): Promise<WaveRow> => {
  const row = await store.wave(ref);
  if (row === undefined)
    throw new OperatorFault(
      `there is no wave ${ref.wave} in migration ${ref.migration}; GET /migrations/${ref.migration}/waves lists them`,
    );
  return row;
};

/**
 * Reads the row, asks `decide`, writes what it says. A lost race is read and decided again, so that a refusal always
 * speaks of the row as it is, and a decision that did not change goes through. `known` is the row as it was just written: it
 * spares the first read, and counts only where it leads to a write, which is refused if it is old.
 */
export async function decideAndWrite<D extends { readonly kind: string }>(
  { store, clock }: { readonly store: WaveStore; readonly clock: Clock },
  ref: WaveRef,
  decide: (row: WaveRow) => D | Write,
  known?: WaveRow,
): Promise<{ readonly decision: D | Write; readonly row: WaveRow }> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const isRead = known === undefined || attempt > 0;
    const before = isRead ? await loadWave(store, ref) : known;
    const decision = decide(before);
    if (!isWrite(decision)) {
      if (isRead) return { decision, row: before };
      continue;
    }
    const outcome = await store.write(before, decision.next, decision.events, clock.now());
    if (outcome.written) return { decision, row: outcome.row };
  }
  throw new RetryableFault(
    `wave ${ref.wave} of ${ref.migration} is being changed by others; ${ATTEMPTS} writes lost the race, try again`,
  );
}

const isWrite = (decision: { readonly kind: string }): decision is Write => decision.kind === "write";
