import { assemble } from "#core/inventory/assemble.ts";
import type { Snapshot, SnapshotRef } from "#core/inventory/snapshot.ts";
import type { ClusterRef, SnapshotStore } from "./ports/snapshot-store.ts";

type Deps = { readonly snapshots: Pick<SnapshotStore, "headers" | "header" | "pages"> };

/** A whole snapshot, by its id or as "newest"; undefined where there is none. */
export async function readSnapshot({ snapshots }: Deps, of: ClusterRef, id: string): Promise<Snapshot | undefined> {
  const header = id === "newest" ? (await snapshots.headers(of))[0] : await snapshots.header({ ...of, id });
  if (header === undefined) return undefined;
  const ref: SnapshotRef = { migration: of.migration, side: of.side, id: header.id };
  const pages = await snapshots.pages(ref, header.pieces);
  return {
    ...ref,
    startedAt: header.startedAt,
    endedAt: header.endedAt,
    listings: assemble(pages, header.startedAt),
  };
}
