import { itemName } from "./item-name.ts";
import type { Kind, Kinds, Snapshot } from "./snapshot.ts";
import { partSources, type Source } from "./source.ts";
import { isUnknown, type Listing, type Unknown } from "./unknown.ts";

export type InventoryQuestion = {
  /** In any part of an item's name, whatever the case. */
  readonly contains?: string | undefined;
  /** Only items of which something is unknown. */
  readonly isUnknownOnly?: boolean | undefined;
  /** Name of the last item of the page before. */
  readonly after?: string | undefined;
  readonly limit: number;
};

export type InventoryPage = {
  readonly snapshot: string;
  readonly kind: Kind;
  readonly source: Source;
  /** Parts of items that somebody else told. */
  readonly partSources: Readonly<Record<string, Source>>;
  readonly readAt: number;
  /** What may be missing. */
  readonly gaps: readonly Unknown[];
  /** Items that the question finds, on all pages. */
  readonly found: number;
  /** Plain JSON, but for bigint. */
  readonly items: readonly { readonly name: string; readonly item: unknown }[];
  /** To be asked for with `after`; absent on the last page. */
  readonly next?: string;
};

/** Items of one kind in the order of their names. */
export function inventoryPage<K extends Kind>(snapshot: Snapshot, kind: K, question: InventoryQuestion): InventoryPage {
  const listing: Listing<Kinds[K]> = snapshot.listings[kind];
  const { after, limit } = question;
  const wanted = question.contains?.toLowerCase();
  const found = listing.items
    .map((item) => ({ name: itemName[kind](item), item }))
    .filter(({ name, item }) => {
      if (wanted !== undefined && !name.toLowerCase().includes(wanted)) return false;
      return question.isUnknownOnly !== true || hasUnknown(item);
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const rest = after === undefined ? found : found.filter(({ name }) => name > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return {
    snapshot: snapshot.id,
    kind,
    source: listing.source,
    partSources: partSources[kind] ?? {},
    readAt: listing.readAt,
    gaps: listing.gaps,
    found: found.length,
    items: page.map(({ name, item }) => ({ name, item: plain(item) })),
    ...(last !== undefined && rest.length > page.length ? { next: last.name } : {}),
  };
}

const hasUnknown = (value: unknown): boolean => {
  if (typeof value !== "object" || value === null) return false;
  if (isUnknown(value)) return true;
  return (value instanceof Map ? [...value.values()] : Object.values(value)).some(hasUnknown);
};

/** Settings become members by their names. */
const plain = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map)
    return Object.fromEntries([...value].map(([name, member]) => [String(name), plain(member)]));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
};
