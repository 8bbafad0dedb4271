import { RetryableFault } from "#core/fault.ts";
import * as z from "#core/schema.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { Clock } from "./ports/clock.ts";
import type { Announcer } from "./ports/engine.ts";
import type { WaveStore } from "./ports/wave-store.ts";

export type AnnounceDeps = {
  readonly store: WaveStore;
  readonly announcer: Announcer;
  readonly clock: Clock;
  readonly newId: () => string;
};

/** The last sequence that was announced; every one before it was announced too. */
const announcedSchema = z.strictObject({ sequence: z.int().check(z.nonnegative()) });

const KIND = "ANNOUNCED";
const NAME = "sns";
const LEASE = "announce";
const LEASE_MILLISECONDS = 20_000;
/** No announcement is begun this close to the lease's end: it could end under another's lease. */
const MARGIN_MILLISECONDS = 8_000;
const POLL_MILLISECONDS = 50;
const WAIT_MILLISECONDS = 3_000;

/**
 * Announces every journal entry of a wave after the last announced one, in order, and answers how many. The stream and the
 * tick both call it: a lease keeps them from announcing the same entry, so that one is repeated only where the first
 * announcement may have failed or its success could not be stored. Where another announcer keeps the lease, whoever comes
 * again anyway may leave it to that one. `known`: the row as it was just read, for the first look. Faults: a `RetryableFault` where it is waited for in vain or time is over, and
 * whatever the store or the announcer throws.
 */
export const announceMissing = async (
  deps: AnnounceDeps,
  ref: WaveRef,
  whenTaken: "wait" | "leave" = "wait",
  known?: WaveRow,
): Promise<number> => {
  const { store, clock } = deps;
  if ((await firstMissing(deps, ref, known)) === undefined) return 0;
  const holder = deps.newId();
  const endsAt = await takeLease(deps, ref, holder, whenTaken);
  if (endsAt === undefined) return 0;
  // Whoever held the lease may have announced everything meanwhile.
  try {
    let announced = 0;
    for (let from = await firstMissing(deps, ref); from !== undefined; from = await firstMissing(deps, ref)) {
      for (const entry of await store.journal(ref, from)) {
        if (clock.now() > endsAt - MARGIN_MILLISECONDS)
          throw new RetryableFault(
            `announcing wave ${ref.wave} of ${ref.migration} took too long; it goes on from sequence ${entry.sequence}`,
          );
        await deps.announcer.announce(entry);
        await store.items.put(ref, KIND, NAME, { sequence: entry.sequence });
        announced += 1;
      }
    }
    return announced;
  } finally {
    await store.items.releaseLease(ref, LEASE, holder);
  }
};

/** The row knows the last sequence; undefined where all was announced. */
const firstMissing = async ({ store }: AnnounceDeps, ref: WaveRef, known?: WaveRow): Promise<number | undefined> => {
  const [row, stored] = await Promise.all([known ?? store.wave(ref), store.items.get(ref, KIND, NAME)]);
  const last = stored === undefined ? 0 : announcedSchema.parse(stored).sequence;
  return row === undefined || row.journal.sequence <= last ? undefined : last + 1;
};

/** Answers when the lease ends; undefined where it is left to another. An entry written after the holder's last look must not wait for the next tick. */
const takeLease = async (
  { store, clock }: AnnounceDeps,
  ref: WaveRef,
  holder: string,
  whenTaken: "wait" | "leave",
): Promise<number | undefined> => {
  for (const begun = clock.now(); ; await clock.sleep(POLL_MILLISECONDS)) {
    const now = clock.now();
    const until = now + LEASE_MILLISECONDS;
    if (await store.items.takeLease(ref, LEASE, holder, now, until)) return until;
    if (whenTaken === "leave") return undefined;
    if (now - begun > WAIT_MILLISECONDS)
      throw new RetryableFault(`wave ${ref.wave} of ${ref.migration} is being announced by another invocation`);
  }
};

/** One record of the table's stream: its number there, and the wave whose journal it belongs to. */
export type JournalRecord = { readonly sequenceNumber: string; readonly ref: WaveRef };

/** Announces what a batch of stream records tells of; answers the numbers of the records whose waves could not be announced. */
export const announceJournal = async (
  deps: AnnounceDeps,
  records: readonly JournalRecord[],
): Promise<{ readonly sequenceNumber: string; readonly fault: unknown }[]> => {
  const waves = new Map<string, JournalRecord[]>();
  for (const record of records) {
    const key = `${record.ref.migration}/${record.ref.wave}`;
    waves.set(key, [...(waves.get(key) ?? []), record]);
  }
  const failures = await Promise.all(
    [...waves.values()].map(async (ofWave) => {
      const [first] = ofWave;
      if (first === undefined) return [];
      try {
        await announceMissing(deps, first.ref);
        return [];
      } catch (fault) {
        // One wave that cannot be announced must not keep the others silent; its records come again.
        return ofWave.map(({ sequenceNumber }) => ({ sequenceNumber, fault }));
      }
    }),
  );
  return failures.flat();
};
