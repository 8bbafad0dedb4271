import * as z from "#core/schema.ts";

/** One thing that happened to a wave. Append-only; `hash` covers the entry and `previousHash`, so that a cut or a change shows. */
export const journalEntrySchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  sequence: z.int().check(z.positive()),
  /** Past tense, e.g. WaveStarted, StepClaimed, StepCompleted, GatePassed, ApprovalGiven, WaveHeld. */
  event: z.string(),
  at: z.int(),
  /** A person's id, or "sluice". */
  by: z.string(),
  attempt: z.int(),
  run: z.int(),
  phase: z.string(),
  details: z.record(z.string(), z.unknown()),
  previousHash: z.string(),
  hash: z.string(),
});
export type JournalEntry = z.output<typeof journalEntrySchema>;

/** What a use case journals; the store adds sequence and hashes. */
export type JournalEvent = {
  readonly event: string;
  readonly by: string;
  readonly details?: Readonly<Record<string, unknown>>;
};
