import type { WaveRef } from "#core/wave/wave.ts";
import type { TickRequester } from "./ports/deps.ts";
import type { WaveStore } from "./ports/wave-store.ts";

/** One tick per active wave, each on its own, so that a slow broker delays nobody else. */
export async function tickActiveWaves(deps: {
  readonly store: WaveStore;
  readonly ticks: TickRequester;
}): Promise<readonly WaveRef[]> {
  const active = await deps.store.activeWaves();
  await Promise.all(active.map((ref) => deps.ticks.requestTick(ref)));
  return active;
}
