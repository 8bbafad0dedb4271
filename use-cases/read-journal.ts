import { verifyChain } from "#core/journal/chain.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { noWave } from "./read-wave.ts";
import type { Refused } from "./refused.ts";

export type JournalPage = {
  readonly entries: readonly JournalEntry[];
  /** Where the next page begins; absent on the last. */
  readonly nextFrom?: number;
  /** The wave's last entry, as its row has it. */
  readonly head: { readonly sequence: number; readonly hash: string };
  /** First sequence at which the chain is broken, or null: unbroken. The whole journal is checked, whatever the page. */
  readonly brokenAt: number | null;
};

/** One page of a wave's journal, from a sequence on, and whether the whole of it is still what was written. */
export const readJournal = async (
  { store, hash }: { readonly store: WaveStore; readonly hash: (text: string) => string },
  ref: WaveRef,
  { from, limit }: { readonly from: number; readonly limit: number },
): Promise<JournalPage | Refused> => {
  const row = await store.wave(ref);
  if (row === undefined) return noWave(ref);
  // Entries written after the row was read are not yet part of this answer.
  const all = (await store.journal(ref)).filter((entry) => entry.sequence <= row.journal.sequence);
  const rest = all.filter((entry) => entry.sequence >= from);
  const entries = rest.slice(0, limit);
  const following = rest[limit];
  return {
    entries,
    ...(following !== undefined && { nextFrom: following.sequence }),
    head: row.journal,
    brokenAt: verifyChain(all, hash, row.journal) ?? null,
  };
};
