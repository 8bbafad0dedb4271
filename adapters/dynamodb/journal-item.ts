import { storedForm } from "#core/journal/canonical-json.ts";
import { type JournalEntry, journalEntrySchema } from "#core/journal/entry.ts";
import { eventKey } from "./keys.ts";
import { packJson, unpackJson } from "./packed-json.ts";
import { nameOf, parseItem } from "./parse-item.ts";
import type { Item } from "./wave-row-item.ts";

/** Details travel as JSON text: what was hashed is what is read back, whatever the database does to numbers. */
export const entryToItem = (entry: JournalEntry): Item => {
  const key = eventKey({ migration: entry.migration, wave: entry.wave }, entry.sequence);
  const { details, ...rest } = parseItem(journalEntrySchema, key, storedForm(entry));
  return { ...key, ...rest, ...packJson(nameOf(key), details) };
};

export const itemToEntry = (item: Item): JournalEntry => {
  const { pk, sk, content: _content, packedContent: _packed, ...rest } = item;
  const key = { pk, sk };
  return parseItem(journalEntrySchema, key, { ...rest, details: unpackJson(nameOf(key), item) });
};
