import { createHash } from "node:crypto";
import { OperatorFault } from "#core/fault.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import { chained } from "#core/journal/chained.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import { type Migration, migrationSchema } from "#core/migration/migration.ts";
import type { Posting } from "#core/people/posting.ts";
import { needsTicks } from "#core/wave/needs-ticks.ts";
import { type WaveRef, type WaveRow, waveRowSchema } from "#core/wave/wave.ts";
import type { PostedMigration, WaveItems, WaveStore } from "#use-cases/ports/wave-store.ts";

const MOST_WAVES = 99;
const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");
const keyOf = ({ migration, wave }: WaveRef): string => `${migration}/${wave}`;

/** The wave store without a database, held to the same contract; for unit tests of use cases. */
export const inMemoryWaveStore = (): WaveStore => {
  const migrations = new Map<string, string>();
  const postings = new Map<string, Posting>();
  const rows = new Map<string, string>();
  const journals = new Map<string, JournalEntry[]>();

  /** The stored texts as rows, each parsed once and never to be changed. */
  const seen = new Map<string, WaveRow>();
  const readRow = (text: string): WaveRow => {
    const known = seen.get(text) ?? frozen(waveRowSchema.parse(JSON.parse(text)));
    seen.set(text, known);
    return known;
  };
  const writeRow = (row: WaveRow): WaveRow => {
    const text = canonicalJson(waveRowSchema.parse(row));
    seen.delete(rows.get(keyOf(row)) ?? "");
    rows.set(keyOf(row), text);
    return readRow(text);
  };
  const parsed = new Map<string, Migration>();
  // It is a large file, read many times: nobody parses the same text twice, and nobody can change it for another.
  const readMigration = (text: string): Migration => {
    const known = parsed.get(text) ?? frozen(migrationSchema.parse(JSON.parse(text)));
    parsed.set(text, known);
    return known;
  };
  const posted = (name: string): PostedMigration | undefined => {
    const [text, posting] = [migrations.get(name), postings.get(name)];
    return text === undefined || posting === undefined ? undefined : { migration: readMigration(text), posting };
  };
  const wavesOf = (migration: string): WaveRow[] =>
    [...rows.values()]
      .map(readRow)
      .filter((row) => row.migration === migration)
      .sort((a, b) => (a.wave < b.wave ? -1 : 1));
  const checkSize = (migration: Migration, waves: number): void => {
    if (waves > MOST_WAVES)
      throw new OperatorFault(
        `migration ${migration.name} takes ${waves} waves in one write; at most ${MOST_WAVES} fit`,
      );
  };

  return {
    async createMigration(migration, newRows, posting) {
      checkSize(migration, newRows.length);
      const stored = migrations.get(migration.name);
      if (stored !== undefined) return stored === canonicalJson(migration) ? "same" : "different";
      migrations.set(migration.name, canonicalJson(migrationSchema.parse(migration)));
      postings.set(migration.name, posting);
      for (const row of newRows) writeRow(row);
      return "created";
    },

    async replaceMigration(before, after, newRows, posting, leaves = []) {
      const present = wavesOf(before.name).filter((row) => !leaves.includes(row.wave));
      if (migrations.get(before.name) !== canonicalJson(before)) return false;
      if (present.some((row) => row.phase !== "planned" || row.run > 0)) return false;
      checkSize(after, new Set([...present, ...newRows].map((row) => row.wave)).size);
      migrations.set(after.name, canonicalJson(migrationSchema.parse(after)));
      postings.set(after.name, posting);
      for (const row of present) rows.delete(keyOf(row));
      for (const row of newRows) {
        const old = present.find((p) => p.wave === row.wave);
        const last = journals.get(keyOf(row))?.at(-1);
        writeRow({
          ...row,
          version: old === undefined ? row.version : old.version + 1,
          ...(last && { journal: { sequence: last.sequence, hash: last.hash } }),
        });
      }
      return true;
    },

    async amendMigration(before, after, posting) {
      if (migrations.get(before.name) !== canonicalJson(before)) return false;
      migrations.set(after.name, canonicalJson(migrationSchema.parse(after)));
      postings.set(after.name, posting);
      return true;
    },

    async migration(name) {
      const text = migrations.get(name);
      return text === undefined ? undefined : readMigration(text);
    },
    postedMigration: async (name) => posted(name),
    migrations: async () => [...migrations.keys()].sort().flatMap((name) => posted(name) ?? []),

    async wave(ref) {
      const text = rows.get(keyOf(ref));
      return text === undefined ? undefined : readRow(text);
    },
    waves: async (migration) => wavesOf(migration),
    activeWaves: async () =>
      [...rows.values()]
        .map(readRow)
        .filter(needsTicks)
        .map(({ migration, wave }) => ({ migration, wave })),

    async write(before, next, events, now) {
      const text = rows.get(keyOf(before));
      const present = text === undefined ? undefined : readRow(text);
      if (present?.version !== before.version || present.run !== before.run || present.phase !== before.phase)
        return { written: false };
      const entries = chained(before, next, events, now, sha256);
      const last = entries.at(-1);
      if (last === undefined) throw new Error("one write journals at least one event");
      const row = writeRow({
        ...next,
        version: before.version + 1,
        journal: { sequence: last.sequence, hash: last.hash },
        updatedAt: now,
      });
      journals.set(keyOf(before), [...(journals.get(keyOf(before)) ?? []), ...entries]);
      return { written: true, row };
    },

    journal: async (ref, fromSequence = 1) =>
      structuredClone((journals.get(keyOf(ref)) ?? []).filter((entry) => entry.sequence >= fromSequence)),

    items: inMemoryItems(),
  };
};

const frozen = <T>(value: T): T => {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
};

const inMemoryItems = (): WaveItems => {
  const items = new Map<string, string>();
  /** Of those that were put in one. */
  const runs = new Map<string, number>();
  const leases = new Map<string, { holder: string; until: number }>();
  const itemKey = (ref: WaveRef, kind: string, name: string): string => `${keyOf(ref)} ${kind}#${name}`;
  return {
    async get(ref, kind, name) {
      const text = items.get(itemKey(ref, kind, name));
      return text === undefined ? undefined : JSON.parse(text);
    },
    async list(ref, kind) {
      const prefix = itemKey(ref, kind, "");
      return [...items]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, text]) => ({ name: key.slice(prefix.length), value: JSON.parse(text) as unknown }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async put(ref, kind, name, value) {
      items.set(itemKey(ref, kind, name), canonicalJson(value));
      runs.delete(itemKey(ref, kind, name));
    },
    async putInRun(ref, run, kind, name, value) {
      const key = itemKey(ref, kind, name);
      if ((runs.get(key) ?? 0) > run) return false;
      items.set(key, canonicalJson(value));
      runs.set(key, run);
      return true;
    },
    async remove(ref, kind, name) {
      items.delete(itemKey(ref, kind, name));
      runs.delete(itemKey(ref, kind, name));
      if (kind === "LEASE") leases.delete(itemKey(ref, kind, name));
    },
    async takeLease(ref, name, holder, now, until) {
      const key = itemKey(ref, "LEASE", name);
      const held = leases.get(key);
      if (held !== undefined && held.until > now && held.holder !== holder) return false;
      leases.set(key, { holder, until });
      items.set(key, canonicalJson({ holder, until }));
      return true;
    },
    async releaseLease(ref, name, holder) {
      const key = itemKey(ref, "LEASE", name);
      if (leases.get(key)?.holder !== holder) return;
      leases.delete(key);
      items.delete(key);
    },
  };
};
