import type { EstateDecisions } from "#core/migration/estate.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Listing } from "./unknown.ts";

/** The snapshot, without the gaps of kinds of which a person says that there are none. What was found contradicts that, and stays unknown. */
export function asDeclared(snapshot: Snapshot, estate: EstateDecisions | undefined): Snapshot {
  const isAbsent = (kind: "connectors" | "subjects"): boolean =>
    estate?.absent.some((declared) => declared.kind === kind) === true && snapshot.listings[kind].items.length === 0;
  const whole = <T>(listing: Listing<T>): Listing<T> => ({ ...listing, source: "migration file", gaps: [] });
  const { connectors, subjects } = snapshot.listings;
  return {
    ...snapshot,
    listings: {
      ...snapshot.listings,
      connectors: isAbsent("connectors") ? whole(connectors) : connectors,
      subjects: isAbsent("subjects") ? whole(subjects) : subjects,
    },
  };
}
