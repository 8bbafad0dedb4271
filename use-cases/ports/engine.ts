import type { JournalEntry } from "#core/journal/entry.ts";
import type { WaveRef } from "#core/wave/wave.ts";

export type RunRef = WaveRef & { readonly attempt: number; readonly run: number };

/** The state machine that carries the plot. */
export interface Engine {
  /** Starts `migration-wave-attempt-run`; one that is already there is fine. */
  start(run: RunRef): Promise<void>;
  isRunning(run: RunRef): Promise<boolean>;
  /** "refused": the execution no longer waits for this token. */
  sendToken(token: string, output: Readonly<Record<string, unknown>>): Promise<"accepted" | "refused">;
}

export interface Announcer {
  /** One journal entry to everyone who listens, keyed by wave and sequence. */
  announce(entry: JournalEntry): Promise<void>;
}
