import { type Migration, storedMigrationSchema } from "#core/migration/migration.ts";
import type { Key } from "./keys.ts";
import { unpackJson } from "./packed-json.ts";
import { nameOf, parseItem } from "./parse-item.ts";

type Stored = Readonly<Record<string, unknown>>;

/**
 * Migration files as their items hold them, parsed once for each content: each of a file's waves reads the whole of it on each
 * tick, and parsing it would cost the square of their number. The item itself is read each time.
 */
export const parsedFiles = (): { parsed(key: Key, item: Stored): Migration } => {
  const known = new Map<string, { readonly item: Stored; readonly migration: Migration }>();
  return {
    parsed(key, item) {
      const before = known.get(key.pk);
      if (before !== undefined && isSameContent(before.item, item)) return before.migration;
      const migration = parseItem(storedMigrationSchema, key, unpackJson(nameOf(key), item));
      known.set(key.pk, { item, migration });
      return migration;
    },
  };
};

/** By the content itself: a revision could be kept by whoever changes the table by hand. */
const isSameContent = (a: Stored, b: Stored): boolean => {
  if (a["content"] !== b["content"]) return false;
  const [packedA, packedB] = [a["packedContent"], b["packedContent"]];
  if (packedA instanceof Uint8Array && packedB instanceof Uint8Array) return Buffer.compare(packedA, packedB) === 0;
  return packedA === packedB;
};
