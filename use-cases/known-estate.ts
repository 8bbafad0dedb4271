import { asDeclared } from "#core/inventory/as-declared.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { SnapshotStore } from "./ports/snapshot-store.ts";
import type { PostedMigration, WaveStore } from "./ports/wave-store.ts";
import { noMigration } from "./read-migration.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { type Refused, refused } from "./refused.ts";

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
    readSnapshot(deps, { migration: name, side: "source" }, o.snapshot ?? "newest"),
    readSnapshot(deps, { migration: name, side: "target" }, "newest"),
  ]);
  if (source === undefined)
    return refused(
      "not-found",
      o.snapshot === undefined
        ? `no snapshot of migration ${name}'s source was taken yet`
        : `there is no snapshot ${o.snapshot} of migration ${name}'s source`,
      { cure: o.snapshot === undefined ? "take one of the source" : "leave snapshot out: the newest is read then" },
    );
  return { ...posted, source: asDeclared(source, posted.migration.estate), target };
}
