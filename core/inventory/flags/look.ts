import { isUnknown, type Listing, type OrUnknown, type Unknown } from "../unknown.ts";

/** One thing that was seen, or that could not be. */
export type Sight = { readonly item: string; readonly says: string };

export type Look = {
  /** Each is a risk. */
  readonly found: readonly Sight[];
  readonly unknowns: readonly (Sight & { readonly cure?: string })[];
  /** How many items were asked. */
  readonly lookedAt: number;
};

/** What an item says: a sentence where it is a risk, undefined where it is none. */
export type Says = OrUnknown<string | undefined>;

/** Asks each item; what is missing from the listing is unknown. */
export function ofEach<T>(
  listing: Pick<Listing<T>, "items" | "gaps">,
  named: (item: T) => string,
  ask: (item: T) => Says,
): Look {
  const found: Sight[] = [];
  const unknowns: Look["unknowns"][number][] = listing.gaps.map((gap) => notSeen("", gap));
  for (const item of listing.items) {
    const says = ask(item);
    if (isUnknown(says)) unknowns.push(notSeen(named(item), says));
    else if (says !== undefined) found.push({ item: named(item), says });
  }
  return { found, unknowns, lookedAt: listing.items.length };
}

export const together = (...looks: readonly Look[]): Look => ({
  found: looks.flatMap(({ found }) => found),
  unknowns: looks.flatMap(({ unknowns }) => unknowns),
  lookedAt: looks.reduce((sum, { lookedAt }) => sum + lookedAt, 0),
});

const notSeen = (item: string, { unknown }: Unknown): Look["unknowns"][number] => ({
  item,
  says: unknown.why,
  ...(unknown.cure === undefined ? {} : { cure: unknown.cure }),
});

/** Of several, the first that says something; what is unknown counts only where nothing was said. */
export function firstSaid(says: Iterable<Says>): Says {
  let notKnown: Says;
  for (const one of says)
    if (isUnknown(one)) notKnown ??= one;
    else if (one !== undefined) return one;
  return notKnown;
}
