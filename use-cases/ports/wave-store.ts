/** The one table. Every read that decides is consistent. */
import type { JournalEntry, JournalEvent } from "#core/journal/entry.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { Posting } from "#core/people/posting.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";

export type WriteOutcome =
  | { readonly written: true; readonly row: WaveRow }
  /** Somebody else wrote first; re-read and decide again. */
  | { readonly written: false };

/** Everything about a wave that is not its row: evidence, windows, facts, progress. Values are JSON (bigint as strings). */
export interface WaveItems {
  /** `kind` is one of EVIDENCE, WINDOW, FACT, OFFSETS, ANNOUNCED, SAMPLE, LEASE, COMMAND; the sort key is `kind#name`. */
  get(ref: WaveRef, kind: string, name: string): Promise<unknown>;
  list(ref: WaveRef, kind: string): Promise<readonly { readonly name: string; readonly value: unknown }[]>;
  put(
    ref: WaveRef,
    kind: string,
    name: string,
    value: unknown,
    options?: { readonly expiresAt?: number },
  ): Promise<void>;
  /** As `put`, unless a later run has written it: that stays, and the answer is false. */
  putInRun(ref: WaveRef, run: number, kind: string, name: string, value: unknown): Promise<boolean>;
  remove(ref: WaveRef, kind: string, name: string): Promise<void>;
  /** Takes the named lease if it is free or over at `now`, or renews the holder's own; false: another holds it. All times in ms. */
  takeLease(ref: WaveRef, name: string, holder: string, now: number, until: number): Promise<boolean>;
  releaseLease(ref: WaveRef, name: string, holder: string): Promise<void>;
}

export type PostedMigration = { readonly migration: Migration; readonly posting: Posting };

export interface WaveStore {
  /** Creates the migration and its waves' rows in one transaction. "same": it is there with equal content; "different": refused. */
  createMigration(
    migration: Migration,
    rows: readonly WaveRow[],
    posting: Posting,
  ): Promise<"created" | "same" | "different">;
  /**
   * In one transaction, while the stored migration is still `before` and no wave of it was ever started: `after` and its rows
   * take its place. Waves named in `leaves` stay as they are, started or not, and have no place in `rows`. A wave that was there
   * under its name before goes on with its journal. False: it changed or a wave was started meanwhile; nothing was written.
   */
  replaceMigration(
    before: Migration,
    after: Migration,
    rows: readonly WaveRow[],
    posting: Posting,
    leaves?: readonly string[],
  ): Promise<boolean>;
  /** While the stored migration is still `before`: `after` takes its place, and its waves stay as they are. False: it changed meanwhile. */
  amendMigration(before: Migration, after: Migration, posting: Posting): Promise<boolean>;
  migration(name: string): Promise<Migration | undefined>;
  /** The same with who posted it. */
  postedMigration(name: string): Promise<PostedMigration | undefined>;
  migrations(): Promise<readonly PostedMigration[]>;
  wave(ref: WaveRef): Promise<WaveRow | undefined>;
  waves(migration: string): Promise<readonly WaveRow[]>;
  /** From the index, which only finds; the caller reads the rows. */
  activeWaves(): Promise<readonly WaveRef[]>;
  /**
   * One transaction: the row (conditional on `before.version`, `before.run` and `before.phase`), one journal entry per event, chained.
   * `next` needs no version, journal or updatedAt of its own: the store sets them. A transaction conflict is retried while the row is unchanged.
   */
  write(
    before: WaveRow,
    next: Omit<WaveRow, "version" | "journal" | "updatedAt">,
    events: readonly [JournalEvent, ...JournalEvent[]],
    now: number,
  ): Promise<WriteOutcome>;
  /** In order; from a sequence on. */
  journal(ref: WaveRef, fromSequence?: number): Promise<readonly JournalEntry[]>;
  readonly items: WaveItems;
}
