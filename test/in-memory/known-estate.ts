import { WAIVABLE_CHECKS } from "#core/inventory/checks.ts";
import type { SnapshotHeader } from "#core/inventory/kept.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { InventoryDeps } from "#use-cases/measure-inventory.ts";
import { snapshot } from "../core/inventory/snapshots.ts";
import { snapshotReader } from "./snapshot-reader.ts";

/** An estate section by which a person accepts whatever the inventory gate finds, so that only snapshots must be there. */
export const acceptedBy = (person: string) => ({
  snapshotMaxAgeHours: 14 * 24,
  waivers: WAIVABLE_CHECKS.map((check) => ({ check, by: person, until: "2099-12-31", reason: "not what is tested" })),
});

/** Of each side one that found nothing, taken at an instant in ms. */
export const emptySnapshots = (migration: string, at: number): readonly Snapshot[] =>
  (["source", "target"] as const).map((side) =>
    snapshot({}, { migration, side, id: new Date(at).toISOString(), startedAt: at, endedAt: at }),
  );

/** Whole snapshots, to be read and kept. */
export const inMemorySnapshots = (snapshots: readonly Snapshot[]): InventoryDeps["snapshots"] => {
  const reader = snapshotReader(snapshots);
  const kept = new Map<string, string[]>();
  const keyOf = (side: string, id: string): string => `${side}/${id}`;
  const withKept = (side: string, header: SnapshotHeader): SnapshotHeader => ({
    ...header,
    keptFor: kept.get(keyOf(side, header.id)) ?? [],
  });
  return {
    headers: async (of) => (await reader.headers(of)).map((header) => withKept(of.side, header)),
    async header(ref) {
      const header = await reader.header(ref);
      return header && withKept(ref.side, header);
    },
    pages: reader.pages,
    async keep(ref, reason) {
      if ((await reader.header(ref)) === undefined) return false;
      const key = keyOf(ref.side, ref.id);
      kept.set(key, [...new Set([...(kept.get(key) ?? []), reason])].toSorted());
      return true;
    },
  };
};
