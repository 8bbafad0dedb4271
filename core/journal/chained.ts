import type { WaveRow } from "#core/wave/wave.ts";
import { storedForm } from "./canonical-json.ts";
import { chain, type Sha256 } from "./chain.ts";
import type { JournalEntry, JournalEvent } from "./entry.ts";

/** The journal entries of one write, linked to the last entry that `before` knows. They carry the state after the write. */
export const chained = (
  before: Pick<WaveRow, "migration" | "wave" | "journal">,
  next: Pick<WaveRow, "attempt" | "run" | "phase">,
  events: readonly JournalEvent[],
  now: number,
  sha256: Sha256,
): JournalEntry[] => {
  const entries: JournalEntry[] = [];
  let previousHash = before.journal.hash;
  for (const [index, { event, by, details }] of events.entries()) {
    const entry = chain(
      previousHash,
      {
        migration: before.migration,
        wave: before.wave,
        sequence: before.journal.sequence + index + 1,
        event,
        at: now,
        by,
        attempt: next.attempt,
        run: next.run,
        phase: next.phase,
        details: storedForm(details ?? {}) as Record<string, unknown>,
      },
      sha256,
    );
    entries.push(entry);
    previousHash = entry.hash;
  }
  return entries;
};
