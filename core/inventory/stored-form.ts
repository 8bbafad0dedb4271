import type { SomeListings } from "./snapshot.ts";

/** Raised when what is written could not be read by a version before; such a version then refuses it. */
export const STORED_FORMAT = 1;

/**
 * Pages of a snapshot as one text. JSON has no bigint and no Map: both are tagged; equal Maps (thousands of topics have the
 * same settings) are written once and referred to.
 */
export function toStoredText(pages: readonly SomeListings[]): string {
  const shared: unknown[] = [];
  const places = new Map<string, number>();
  const seen = new Map<object, unknown>();
  const stored = (value: unknown): unknown => {
    if (typeof value === "bigint") return { $n: value.toString() };
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(stored);
    if (!(value instanceof Map))
      return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, stored(member)]));
    const known = seen.get(value);
    if (known !== undefined) return known;
    const entries = [...value].map(([key, member]) => [key, stored(member)]);
    const text = JSON.stringify(entries);
    const place = places.get(text) ?? shared.push(entries) - 1;
    places.set(text, place);
    const reference = { $map: place };
    seen.set(value, reference);
    return reference;
  };
  const written = pages.map(stored);
  return JSON.stringify({ format: STORED_FORMAT, shared, pages: written });
}

/** Undefined: written in a format that this version does not know. */
export function fromStoredText(text: string): readonly SomeListings[] | undefined {
  const parsed = JSON.parse(text) as { format?: unknown; shared?: unknown; pages?: unknown };
  if (parsed.format !== STORED_FORMAT || !Array.isArray(parsed.shared) || !Array.isArray(parsed.pages))
    return undefined;
  const maps = new Map<number, ReadonlyMap<unknown, unknown>>();
  const shared: readonly unknown[] = parsed.shared;
  const read = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) return value.map(read);
    if ("$n" in value) return BigInt(String(value.$n));
    if ("$map" in value) return mapAt(Number(value.$map));
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, read(member)]));
  };
  const mapAt = (place: number): ReadonlyMap<unknown, unknown> => {
    const known = maps.get(place);
    if (known) return known;
    const entries = shared[place];
    if (!Array.isArray(entries)) throw new TypeError(`the stored snapshot refers to ${place}, which it does not hold`);
    const made = new Map(entries.map(([key, member]: [unknown, unknown]) => [key, read(member)]));
    maps.set(place, made);
    return made;
  };
  // The digest of the stored bytes was checked: this is what `toStoredText` of the same format wrote.
  return parsed.pages.map((page) => read(page) as SomeListings);
}
