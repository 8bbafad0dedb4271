import { approvedWith, judgeInventory } from "#core/gate/inventory.ts";
import { INVENTORY_CHECKS } from "#core/inventory/checks.ts";
import type { SnapshotHeader } from "#core/inventory/kept.ts";
import type { Side } from "#core/kafka/offset.ts";
import { reviewedLast } from "#core/migration/estate.ts";
import { planOf, type WavePlan } from "#core/migration/migration.ts";
import { plannedAtOf } from "#core/people/posting.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { EstateDeps } from "./known-estate.ts";
import type { Finding } from "./measuring.ts";
import type { PostedMigration } from "./ports/wave-store.ts";
import { noMigration } from "./read-migration.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { noWave } from "./read-wave.ts";
import type { Refused } from "./refused.ts";

/** What the inventory gate of a wave stands on: the file as posted, and of each snapshot its header. */
export type InventoryBasis = {
  readonly posted: PostedMigration;
  readonly wave: WavePlan;
  /** The newest of each side. */
  readonly source: SnapshotHeader | undefined;
  readonly target: SnapshotHeader | undefined;
  /** That of the source which the plan is compared with: it was made of it, or a person has reviewed a later one. */
  readonly approved: SnapshotHeader | undefined;
};

/** Costs little: no snapshot is read for it. */
export async function inventoryBasis(deps: EstateDeps, ref: WaveRef): Promise<InventoryBasis | Refused> {
  const posted = await deps.store.postedMigration(ref.migration);
  if (posted === undefined) return noMigration(ref.migration);
  const wave = planOf(posted.migration, ref.wave);
  if (wave === undefined) return noWave(ref);
  const of = (side: Side) => deps.snapshots.headers({ migration: ref.migration, side });
  const [ofSource, ofTarget] = await Promise.all([of("source"), of("target")]);
  const { estate } = posted.migration;
  const looked = [reviewedLast(estate), posted.posting.accepted?.snapshot].filter((id) => id !== undefined);
  const reviewed = looked.toSorted().at(-1);
  return {
    posted,
    wave,
    source: ofSource[0],
    target: ofTarget[0],
    approved:
      reviewed === undefined
        ? approvedWith(ofSource, plannedAtOf(posted.posting))
        : ofSource.find(({ id }) => id === reviewed),
  };
}

/** Says the same wherever nothing of it has changed, but for what time alone ends: the age of a snapshot, a waiver. */
export const nameOf = ({ posted, source, target, approved }: InventoryBasis): string =>
  JSON.stringify([posted.posting, source?.id, target?.id, approved?.id]);

/** Every check of the inventory gate. Without snapshots it knows nothing, and says which to take. */
export async function judgeWaveInventory(
  deps: Pick<EstateDeps, "snapshots">,
  { posted: { migration }, wave, ...headers }: InventoryBasis,
  now: number,
): Promise<readonly Finding[]> {
  const whole = async (side: Side, header: SnapshotHeader | undefined) =>
    header && (await readSnapshot(deps, { migration: migration.name, side }, header.id));
  const [source, target] = await Promise.all([whole("source", headers.source), whole("target", headers.target)]);
  const approved = headers.approved?.id === headers.source?.id ? source : await whole("source", headers.approved);
  return judgeInventory({ migration, wave, source, target, approved, now });
}

/** Where nothing could be judged: each check is unknown, and why. */
export const unjudged = (reason: string): readonly Finding[] =>
  INVENTORY_CHECKS.map((check) => ({ check, verdict: "unknown", reason }));
