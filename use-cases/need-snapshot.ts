import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { SnapshotStore } from "./ports/snapshot-store.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { type Refused, refused } from "./refused.ts";

/** A snapshot of one side, by its id or as "newest". */
export type Named = { readonly side: Side; readonly id: string };

type Deps = { readonly snapshots: Pick<SnapshotStore, "headers" | "header" | "pages"> };

/** Refused, with how to come by one, where it is not there. */
export async function needSnapshot(deps: Deps, migration: string, { side, id }: Named): Promise<Snapshot | Refused> {
  const found = await readSnapshot(deps, { migration, side }, id);
  return (
    found ??
    refused(
      "not-found",
      id === "newest"
        ? `no snapshot of migration ${migration}'s ${side} was taken yet`
        : `there is no snapshot ${id} of migration ${migration}'s ${side}`,
      {
        cure:
          id === "newest"
            ? `POST /migrations/${migration}/snapshots takes one`
            : `GET /migrations/${migration}/snapshots lists those that are there`,
      },
    )
  );
}
