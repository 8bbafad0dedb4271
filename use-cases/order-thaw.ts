import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandAnswer } from "./command-wave.ts";
import { loadWave } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";
import { type Refused, refused } from "./refused.ts";
import { thawWave } from "./thaw-wave.ts";
import { unlessOperator } from "./unless-operator.ts";
import { waveAnswer } from "./wave-answer.ts";

/** A person lifts the freeze that stands now. */
export async function orderThaw(
  deps: Deps,
  ref: WaveRef,
  order: { readonly person: string; readonly reason: string; readonly invocationEndsAt: number },
): Promise<CommandAnswer | Refused> {
  const barred = unlessOperator(await deps.store.migration(ref.migration), ref, order.person, "thaw");
  if (barred !== undefined) return barred;
  const thawed = await thawWave(deps, {
    ref,
    by: order.person,
    kind: "thawed-by-person",
    reason: order.reason,
    cure: "POST …/resume leads to another freeze",
    invocationEndsAt: order.invocationEndsAt,
  });
  if (thawed.outcome === "refused") return refused("conflict", thawed.because ?? "there is no freeze to lift");
  return { wave: await waveAnswer(deps, await loadWave(deps.store, ref)) };
}
