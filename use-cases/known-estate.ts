import { asDeclared } from "#core/inventory/as-declared.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { needSnapshot } from "./need-snapshot.ts";
import type { SnapshotStore } from "./ports/snapshot-store.ts";
import type { PostedMigration, WaveStore } from "./ports/wave-store.ts";
import { noMigration } from "./read-migration.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { isRefused, type Refused } from "./refused.ts";

export type EstateDeps = {
  readonly store: Pick<WaveStore, "postedMigration">;
  readonly snapshots: Pick<SnapshotStore, "headers" | "header" | "pages">;
};

export type KnownEstate = PostedMigration & {
  /** With what people declare absent. */
  readonly source: Snapshot;
  readonly target: Snapshot | undefined;
};

/** A migration with what its newest snapshots know, or a given one of the source; refused without any of the source. */
export async function knownEstate(
  deps: EstateDeps,
  name: string,
  o: { readonly snapshot?: string | undefined } = {},
): Promise<KnownEstate | Refused> {
  const posted = await deps.store.postedMigration(name);
  if (posted === undefined) return noMigration(name);
  const [source, target] = await Promise.all([
    needSnapshot(deps, name, { side: "source", id: o.snapshot ?? "newest" }),
    readSnapshot(deps, { migration: name, side: "target" }, "newest"),
  ]);
  if (isRefused(source)) return source;
  return { ...posted, source: asDeclared(source, posted.migration.estate), target };
}
