import { approvedWith, judgeInventory } from "#core/gate/inventory.ts";
import { type Verdict, worst } from "#core/gate/verdict.ts";
import { planOf } from "#core/migration/migration.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { EstateDeps } from "./known-estate.ts";
import type { Clock } from "./ports/clock.ts";
import { noMigration } from "./read-migration.ts";
import { readSnapshot } from "./read-snapshot.ts";
import { noWave } from "./read-wave.ts";
import type { Refused } from "./refused.ts";

export type WaveInventory = {
  readonly verdict: Verdict;
  readonly checks: readonly { readonly check: string; readonly verdict: Verdict; readonly reason: string }[];
  /** The snapshots that were looked at. */
  readonly source?: string;
  readonly target?: string;
  /** That of the source which the plan is compared with. */
  readonly approvedWith?: string;
};

/** What the inventory gate says of a wave now. Without snapshots it knows nothing, and says which to take. */
export async function judgeWaveInventory(
  deps: EstateDeps & { readonly clock: Pick<Clock, "now"> },
  ref: WaveRef,
): Promise<WaveInventory | Refused> {
  const posted = await deps.store.postedMigration(ref.migration);
  if (posted === undefined) return noMigration(ref.migration);
  const wave = planOf(posted.migration, ref.wave);
  if (wave === undefined) return noWave(ref);
  const of = { migration: ref.migration, side: "source" } as const;
  const then = approvedWith(await deps.snapshots.headers(of), posted.posting.at);
  const [source, target] = await Promise.all([
    readSnapshot(deps, of, "newest"),
    readSnapshot(deps, { ...of, side: "target" }, "newest"),
  ]);
  const approved = then === undefined || then.id === source?.id ? source : await readSnapshot(deps, of, then.id);
  const checks = judgeInventory({
    migration: posted.migration,
    wave,
    source,
    target,
    approved,
    now: deps.clock.now(),
  });
  return {
    verdict: worst(checks.map(({ verdict }) => verdict)),
    checks,
    ...(source === undefined ? {} : { source: source.id }),
    ...(target === undefined ? {} : { target: target.id }),
    ...(approved === undefined ? {} : { approvedWith: approved.id }),
  };
}
