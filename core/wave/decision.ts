/** What a pure decision about a wave's row may answer. */
import type { JournalEvent } from "#core/journal/entry.ts";
import type { WaveRow } from "./wave.ts";

export type Next = Omit<WaveRow, "version" | "journal" | "updatedAt">;
export type Write = {
  readonly kind: "write";
  readonly next: Next;
  readonly events: readonly [JournalEvent, ...JournalEvent[]];
};
/** A refusal is an answer, not a fault: it says why, who could, and what to do instead. */
export type Refusal = { readonly kind: "refused"; readonly because: string; readonly cure?: string };
/** The effect already holds: answer with the state, write nothing. */
export type Already = { readonly kind: "already"; readonly because: string };
export type Superseded = { readonly kind: "superseded"; readonly because: string };
export type Leased = { readonly kind: "leased"; readonly until: number };

export type CommandDecision = Write | Refusal | Already;
export type ClaimDecision = Write | Refusal | Superseded | Leased;
export type CompletionDecision = Write | Superseded;

export const write = (next: Next, ...events: [JournalEvent, ...JournalEvent[]]): Write => ({
  kind: "write",
  next,
  events,
});
export const refused = (because: string, cure?: string): Refusal =>
  cure === undefined ? { kind: "refused", because } : { kind: "refused", because, cure };
