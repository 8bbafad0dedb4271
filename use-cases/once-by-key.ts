import type { JournalEntry } from "#core/journal/entry.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "./command-wave.ts";
import { loadWave } from "./decide-and-write.ts";
import type { Clock } from "./ports/clock.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import type { Refused } from "./refused.ts";
import { waveAnswer } from "./wave-answer.ts";

/** A person's own name for one command: however often and late it comes, it is done once. */
export type CommandKey = { readonly person: string; readonly key: string };

/**
 * Does a command that was not done under its key before. The key is journalled in the same write as the command's effect, and
 * looked for before each such write: what comes again, when the wave has long gone another way, changes nothing and is told so.
 */
export async function onceByKey<D extends { readonly store: WaveStore; readonly clock: Clock }>(
  deps: D,
  ref: WaveRef,
  given: CommandKey,
  act: (deps: D) => Promise<CommandAnswer | Refused>,
): Promise<CommandAnswer | Refused> {
  const row = await deps.store.wave(ref);
  if (row === undefined) return act(deps);
  try {
    unlessDone(await deps.store.journal(ref), given);
    return await act({ ...deps, store: keyed(deps.store, given, row.journal.sequence) });
  } catch (error) {
    if (!(error instanceof DoneBefore)) throw error;
    const { entry } = error;
    const now = await loadWave(deps.store, ref);
    const already = `Idempotency-Key ${given.key} was done at ${new Date(entry.at).toISOString()}: journal entry ${entry.sequence}, ${entry.event}; wave ${ref.wave} is ${now.phase} by now`;
    return { wave: await waveAnswer(deps, now), already };
  }
}

class DoneBefore extends Error {
  override readonly name = "DoneBefore";
  readonly entry: JournalEntry;
  constructor(entry: JournalEntry) {
    super(`done as journal entry ${entry.sequence}`);
    this.entry = entry;
  }
}

const unlessDone = (entries: readonly JournalEntry[], { person, key }: CommandKey): void => {
  const found = entries.find(({ by, details }) => by === person && details["idempotencyKey"] === key);
  if (found !== undefined) throw new DoneBefore(found);
};

/** Journals the key with whatever the person does; a write that finds more in the journal than was looked through looks again. */
function keyed(store: WaveStore, given: CommandKey, lookedThrough: number): WaveStore {
  let isDoing = false;
  return {
    ...store,
    async write(before, next, events, now) {
      const [first, ...others] = events;
      const named = (event: typeof first): typeof first =>
        event.by === given.person ? { ...event, details: { ...event.details, idempotencyKey: given.key } } : event;
      if (!isDoing && before.journal.sequence > lookedThrough)
        unlessDone(await store.journal(before, lookedThrough + 1), given);
      const outcome = await store.write(before, next, [named(first), ...others.map(named)], now);
      if (outcome.written && events.some(({ by }) => by === given.person)) isDoing = true;
      return outcome;
    },
  };
}
