import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { loadWave } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";

const LOOK_MILLISECONDS = 100;
/** What the handler keeps of its time for what comes after, in ms. */
const KEPT = 5_000;

/** A handler that lost its turn waits until whoever has it is through that phase, as long as its own time lasts. */
export async function waitWhile(
  { clock, store }: Pick<Deps, "clock" | "store">,
  ref: WaveRef,
  phase: Phase,
  invocationEndsAt: number,
): Promise<void> {
  while ((await loadWave(store, ref)).phase === phase && clock.now() < invocationEndsAt - KEPT)
    await clock.sleep(LOOK_MILLISECONDS);
}
