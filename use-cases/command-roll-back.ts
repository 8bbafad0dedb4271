import type { WaveRef } from "#core/wave/wave.ts";
import type { Toll } from "#core/wave/way-back.ts";
import type { CommandAnswer } from "./command-wave.ts";
import { loadWave } from "./decide-and-write.ts";
import { forceRollBack } from "./force-roll-back.ts";
import { orderRollBack } from "./order-roll-back.ts";
import type { Deps } from "./ports/deps.ts";
import { type Refused, refused } from "./refused.ts";
import { unlessOperator } from "./unless-operator.ts";
import { waveAnswer } from "./wave-answer.ts";

/** A person orders a wave back. */
export async function commandRollBack(
  deps: Deps,
  ref: WaveRef,
  order: {
    readonly person: string;
    readonly reason: string;
    readonly invocationEndsAt: number;
    /** What a forced one costs, as the person was told it. */
    readonly forced?: Toll;
  },
): Promise<CommandAnswer | Refused> {
  const barred = unlessOperator(await deps.store.migration(ref.migration), ref, order.person, "roll-back");
  if (barred !== undefined) return barred;
  const { person: by, reason, invocationEndsAt, forced } = order;
  const ordered =
    forced === undefined
      ? await orderRollBack(deps, { ref, by, cause: "person", reason, invocationEndsAt })
      : await forceRollBack(deps, { ref, by, reason, confirmed: forced });
  if (ordered.outcome === "refused") return refused("conflict", ordered.because, { cure: ordered.cure });
  const wave = await waveAnswer(deps, await loadWave(deps.store, ref));
  return { wave, ...(ordered.outcome === "already" && { already: ordered.because }) };
}
