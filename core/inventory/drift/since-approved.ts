/** Drift that voids an approval: between the snapshot that something was approved with and the newest of the same cluster. */
import type { Migration } from "#core/migration/migration.ts";
import { ownPrincipals } from "../clients/clients.ts";
import type { Snapshot } from "../snapshot.ts";
import { concerns, type Moved } from "./concerns.ts";
import { type Change, driftBetween, type Uncompared } from "./drift.ts";
import type { DriftKind } from "./trait.ts";

export type SinceApproved = {
  readonly voiding: readonly Change[];
  /** What could not be compared although it might void too. */
  readonly blind: Uncompared | undefined;
};

export function sinceApproved(migration: Migration, moved: Moved, approved: Snapshot, source: Snapshot): SinceApproved {
  const { changes, unknowns } = driftBetween(ofMoved(approved, moved), ofMoved(source, moved));
  // What Sluice gives its mirrors comes and goes with each attempt.
  const own = ownPrincipals(migration, source);
  const isOwn = (change: Change): boolean => change.kind === "acls" && own.has(change.item.principal);
  return {
    voiding: changes.filter((change) => change.voids !== undefined && concerns(change, moved) && !isOwn(change)),
    blind: unknowns.find(({ kind, count }) => (count > 0 ? BLINDING : HIDING).includes(kind)),
  };
}

/** What may be there and was never seen: of topics and groups what moves is known by name. */
const HIDING: readonly DriftKind[] = ["cluster", "transactions", "acls"];
/** What is known of brokers, quotas and operations voids nothing; what is unknown of them does not either. */
const BLINDING: readonly DriftKind[] = [...HIDING, "topics", "groups"];

/** Other topics and groups are not compared: that one of them cannot be read says nothing about these. */
const ofMoved = (snapshot: Snapshot, moved: Moved): Snapshot => {
  const topics = new Set(moved.topics);
  const groups = new Set(moved.groups.map(({ id }) => id));
  const { listings } = snapshot;
  return {
    ...snapshot,
    listings: {
      ...listings,
      topics: { ...listings.topics, items: listings.topics.items.filter(({ name }) => topics.has(name)) },
      groups: { ...listings.groups, items: listings.groups.items.filter(({ id }) => groups.has(id)) },
    },
  };
};
