import type { JournalEntry } from "#core/journal/entry.ts";
import type { MachineName } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";

export type RunRef = WaveRef & { readonly attempt: number; readonly run: number };

/** The state machines that carry the plot. */
export interface Engine {
  /** Starts the run's execution on the machine of the wave's phase; one that is already there is fine. */
  start(run: RunRef, machine: MachineName): Promise<void>;
  isRunning(run: RunRef, machine: MachineName): Promise<boolean>;
  /** "refused": the execution no longer waits for this token. */
  sendToken(token: string, output: Readonly<Record<string, unknown>>): Promise<"accepted" | "refused">;
}

export interface Announcer {
  /** One journal entry to everyone who listens, keyed by wave and sequence. */
  announce(entry: JournalEntry): Promise<void>;
}
