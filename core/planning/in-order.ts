import { kinds } from "#core/inventory/assemble.ts";
import { itemName } from "#core/inventory/item-name.ts";
import type { Kind, Kinds, Listings, Snapshot } from "#core/inventory/snapshot.ts";
import type { Listing } from "#core/inventory/unknown.ts";
import { compare } from "./order-of-names.ts";

/** Brokers answer in any order; a plan must not. */
export const inOrder = (snapshot: Snapshot): Snapshot => ({
  ...snapshot,
  listings: Object.fromEntries(
    kinds.map((kind) => [kind, sorted(kind, snapshot.listings[kind])]),
  ) as unknown as Listings,
});

const sorted = <K extends Kind>(kind: K, listing: Listing<Kinds[K]>): Listing<Kinds[K]> => ({
  ...listing,
  items: listing.items
    .map((item) => ({ item, name: (itemName[kind] as (of: Kinds[K]) => string)(item) }))
    .toSorted((a, b) => compare(a.name, b.name))
    .map(({ item }) => item),
});
