import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "./command-wave.ts";
import { loadWave } from "./decide-and-write.ts";
import { missingRole } from "./missing-role.ts";
import { orderRollBack } from "./order-roll-back.ts";
import type { Deps } from "./ports/deps.ts";
import { noWave } from "./read-wave.ts";
import { type Refused, refused } from "./refused.ts";
import { waveState } from "./wave-state.ts";

/** A person orders a wave back. */
export async function commandRollBack(
  deps: Deps,
  ref: WaveRef,
  order: { readonly person: string; readonly reason: string; readonly invocationEndsAt: number },
): Promise<CommandAnswer | Refused> {
  const migration = await deps.store.migration(ref.migration);
  if (migration === undefined || (await deps.store.wave(ref)) === undefined) return noWave(ref);
  const missing = missingRole(migration, order.person, "operator", "rolling a wave back");
  if (missing !== undefined) return missing;
  const { person: by, reason, invocationEndsAt } = order;
  const ordered = await orderRollBack(deps, { ref, by, cause: "person", reason, invocationEndsAt });
  if (ordered.outcome === "refused") return refused("conflict", ordered.because, { cure: ordered.cure });
  const wave = waveState(await loadWave(deps.store, ref));
  return { wave, ...(ordered.outcome === "already" && { already: ordered.because }) };
}
