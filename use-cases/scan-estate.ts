import { declaredOperations } from "#core/inventory/declared-operations.ts";
import { itemName } from "#core/inventory/item-name.ts";
import type { SomeListings } from "#core/inventory/snapshot.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { Clock } from "./ports/clock.ts";
import type { ClusterScanner } from "./ports/cluster-scanner.ts";
import type { OperationsReader } from "./ports/operations-reader.ts";
import type { ClusterRef } from "./ports/snapshot-store.ts";

type Deps = { readonly operations: readonly OperationsReader[]; readonly clock: Pick<Clock, "now"> };

/** A cluster's own scanner, and after its pages one by one what others tell of the cluster. */
export const estateScanner = (
  deps: Deps,
  ofBrokers: ClusterScanner,
  migration: Migration,
  side: ClusterRef["side"],
): ClusterScanner => ({
  pages: async () => [...(await ofBrokers.pages()), { part: "operations" }],
  scan: ({ part, ...range }) =>
    part === "operations" ? scanOperations(deps, migration, side) : ofBrokers.scan({ part, ...range }),
  sweep: (range) => ofBrokers.sweep(range),
});

async function scanOperations(
  { operations, clock }: Deps,
  migration: Migration,
  side: ClusterRef["side"],
): Promise<SomeListings> {
  const readAt = clock.now();
  const told = await Promise.all(operations.map((reader) => reader.read(migration[side])));
  const items = [...told.flatMap((one) => one.items), ...declaredOperations(migration, side)].toSorted((a, b) =>
    itemName.operations(a) < itemName.operations(b) ? -1 : 1,
  );
  return { operations: { source: "migration file", readAt, items, gaps: told.flatMap(({ gaps }) => gaps) } };
}
