import type { COUPLED_KINDS } from "#core/migration/estate.ts";
import type { Planning } from "#core/migration/planning.ts";
import { endOfDay } from "./waivers.ts";

export type Loosened = Planning["loosened"][number];

/** An item by every name that it may be loosened by: a client is also its principal. */
export type Names = readonly {
  readonly kind: (typeof COUPLED_KINDS)[number] | "topic" | "subject";
  readonly name: string;
}[];

/** The person's word that an item may stay on the source when this topic moves; that of one topic before that of all. */
export type IsLoosened = (item: Names, topic: string) => Loosened | undefined;

export function loosenedIn(planning: Planning | undefined, now: number): IsLoosened {
  const byName = new Map(
    (planning?.loosened ?? [])
      .filter(({ until }) => now < endOfDay(until))
      .map((one) => [JSON.stringify([one.kind, one.name, one.topic]), one]),
  );
  if (byName.size === 0) return () => undefined;
  const find = (item: Names, topic: string | undefined) =>
    item.map(({ kind, name }) => byName.get(JSON.stringify([kind, name, topic]))).find((one) => one !== undefined);
  return (item, topic) => find(item, topic) ?? find(item, undefined);
}
