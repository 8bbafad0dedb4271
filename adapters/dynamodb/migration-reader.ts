import { GetCommand } from "@aws-sdk/lib-dynamodb";
import type { Migration } from "#core/migration/migration.ts";
import { postingSchema } from "#core/people/posting.ts";
import type { PostedMigration } from "#use-cases/ports/wave-store.ts";
import { type Documents, onTable } from "./documents.ts";
import { migrationKey } from "./keys.ts";
import { nameOf, parseItem } from "./parse-item.ts";
import { parsedFiles } from "./parsed-files.ts";

type Stored = PostedMigration & { readonly revision: string };

/** What reading one migration takes, apart from what writes it: functions that only read carry no more. */
export const dynamoMigrationReader = (
  table: Documents,
): {
  readonly stored: (name: string) => Promise<Stored | undefined>;
  readonly migration: (name: string) => Promise<Migration | undefined>;
  readonly postedMigration: (name: string) => Promise<PostedMigration | undefined>;
} => {
  const files = parsedFiles();
  const stored = async (name: string): Promise<Stored | undefined> => {
    const Key = migrationKey(name);
    const { Item } = await onTable(table, `reading ${nameOf(Key)}`, () =>
      table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true })),
    );
    if (Item === undefined) return undefined;
    const migration = files.parsed(Key, Item);
    return { migration, posting: parseItem(postingSchema, Key, Item["posting"]), revision: String(Item["revision"]) };
  };
  return {
    stored,
    migration: async (name) => (await stored(name))?.migration,
    async postedMigration(name) {
      const present = await stored(name);
      return present && { migration: present.migration, posting: present.posting };
    },
  };
};
