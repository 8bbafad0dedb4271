import { randomUUID } from "node:crypto";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import { type Migration, storedMigrationSchema } from "#core/migration/migration.ts";
import type { Posting } from "#core/people/posting.ts";
import { wasStarted } from "#core/wave/planned-row.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { WaveStore } from "#use-cases/ports/wave-store.ts";
import { type Documents, foundAs } from "./documents.ts";
import { migrationKey, waveKey } from "./keys.ts";
import { dynamoMigrationReader } from "./migration-reader.ts";
import { packJson } from "./packed-json.ts";
import { nameOf, parseItem } from "./parse-item.ts";
import { FOUND_AS, type FoundAs } from "./table.ts";
import { TRANSACTION_ITEMS, type TransactItems, type TransactOutcome, transact } from "./transact.ts";
import { type Item, rowToItem } from "./wave-row-item.ts";

type MigrationPart = Pick<
  WaveStore,
  "createMigration" | "replaceMigration" | "amendMigration" | "migration" | "postedMigration" | "migrations"
>;

const CONFLICT_RETRIES = 3;

export const migrationItems = (
  table: Documents,
  waves: (migration: string) => Promise<readonly WaveRow[]>,
  /** Of a wave whose row is not there; undefined where there never was one. */
  journalHead: (ref: WaveRef) => Promise<WaveRow["journal"] | undefined>,
  pause: () => Promise<void>,
): MigrationPart => {
  const { stored, migration, postedMigration } = dynamoMigrationReader(table);

  /** Undefined: it is not there, or with other content. */
  const storedAs = async (migration: Migration) => {
    const present = await stored(migration.name);
    return canonicalJson(present?.migration ?? {}) === canonicalJson(migration) ? present : undefined;
  };

  const inPlaceOf = (revision: string, after: Migration, posting: Posting) => ({
    TableName: table.tableName,
    Item: migrationItem(after, posting),
    ConditionExpression: "revision = :revision",
    ExpressionAttributeValues: { ":revision": revision },
  });

  const write = async (what: string, items: TransactItems): Promise<Exclude<TransactOutcome, "conflict">> => {
    const token = randomUUID();
    for (let attempt = 1; attempt <= CONFLICT_RETRIES; attempt++) {
      const outcome = await transact(table, what, token, items);
      if (outcome !== "conflict") return outcome;
      await pause();
    }
    throw new RetryableFault(`${what} met other transactions ${CONFLICT_RETRIES} times`);
  };

  return {
    async createMigration(created, rows, posting) {
      checkSize(created, rows.length);
      const isNew = { ConditionExpression: "attribute_not_exists(pk)" };
      const outcome = await write(`creating migration ${created.name}`, [
        { Put: { TableName: table.tableName, Item: migrationItem(created, posting), ...isNew } },
        ...rows.map((row) => ({ Put: { TableName: table.tableName, Item: rowToItem(row), ...isNew } })),
      ]);
      if (outcome === "written") return "created";
      const present = await stored(created.name);
      if (present === undefined)
        throw new OperatorFault(
          `waves of migration ${created.name} are in table ${table.tableName}, but the migration is not: somebody changed the table by hand, restore it or choose another name`,
        );
      return canonicalJson(present.migration) === canonicalJson(created) ? "same" : "different";
    },

    async replaceMigration(before, after, rows, posting, leaves = []) {
      const [present, allRows] = await Promise.all([storedAs(before), waves(before.name)]);
      if (present === undefined) return false;
      const presentRows = allRows.filter((row) => !leaves.includes(row.wave));
      if (presentRows.some(wasStarted)) return false;
      const kept = new Set(rows.map((row) => row.wave));
      const gone = presentRows.filter((row) => !kept.has(row.wave));
      const known = new Map(presentRows.map((row) => [row.wave, row]));
      checkSize(after, rows.length + gone.length);
      const journals = new Map(
        await Promise.all(
          rows.map(async (row) => [row.wave, known.get(row.wave)?.journal ?? (await journalHead(row))] as const),
        ),
      );
      const outcome = await write(`replacing migration ${after.name}`, [
        { Put: inPlaceOf(present.revision, after, posting) },
        ...rows.map((row) => {
          const old = known.get(row.wave);
          // A later version, so that a start decided on the old row cannot start the new one.
          const version = old === undefined ? row.version : old.version + 1;
          const Item = rowToItem({ ...row, version, journal: journals.get(row.wave) ?? row.journal });
          return { Put: { TableName: table.tableName, Item, ...unstarted(old) } };
        }),
        ...gone.map((row) => ({ Delete: { TableName: table.tableName, Key: waveKey(row), ...unstarted(row) } })),
      ]);
      return outcome === "written";
    },

    async amendMigration(before, after, posting) {
      const present = await storedAs(before);
      if (present === undefined) return false;
      const Put = inPlaceOf(present.revision, after, posting);
      return (await write(`amending migration ${after.name}`, [{ Put }])) === "written";
    },

    migration,
    postedMigration,

    async migrations() {
      const found = await foundAs(table, "migration");
      const names = found.map((item) => item.pk.slice(migrationKey("").pk.length)).sort();
      const migrations = await Promise.all(names.map(stored));
      return migrations.flatMap((present) =>
        present === undefined ? [] : [{ migration: present.migration, posting: present.posting }],
      );
    },
  };
};

/** A new revision each time it is written, so that a replacement replaces exactly what was read. */
const migrationItem = (migration: Migration, posting: Posting): Item => {
  const key = migrationKey(migration.name);
  const as: FoundAs = "migration";
  return {
    ...key,
    [FOUND_AS]: as,
    revision: randomUUID(),
    posting,
    ...packJson(nameOf(key), parseItem(storedMigrationSchema, key, migration)),
  };
};

/** The row is as it was read: planned, and nobody ever started it. */
const unstarted = (row: WaveRow | undefined) =>
  row === undefined
    ? { ConditionExpression: "attribute_not_exists(pk)" }
    : {
        ConditionExpression: "#version = :version AND #phase = :planned AND #run = :never",
        ExpressionAttributeNames: { "#version": "version", "#phase": "phase", "#run": "run" },
        ExpressionAttributeValues: { ":version": row.version, ":planned": "planned", ":never": 0 },
      };

const checkSize = (migration: Migration, rows: number): void => {
  const most = TRANSACTION_ITEMS - 1;
  if (rows > most)
    throw new OperatorFault(
      `migration ${migration.name} takes ${rows} waves in one write; at most ${most} fit: split it into several migrations`,
    );
};
