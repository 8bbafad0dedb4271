import { alarmsOf } from "#core/rule/alarm.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { TickRequester } from "./ports/deps.ts";
import type { WaveStore } from "./ports/wave-store.ts";

/**
 * An alarm has changed: every active wave that it can roll back gets its tick now, not at the timer's next turn. What the alarm
 * says is not taken from the event, which may be late, repeated or out of order: the tick asks.
 */
export async function wakeForAlarm(
  { store, ticks }: { readonly store: WaveStore; readonly ticks: TickRequester },
  alarm: string,
): Promise<readonly WaveRef[]> {
  const active = await store.activeWaves();
  const named = [...new Set(active.map(({ migration }) => migration))];
  const files = await Promise.all(named.map((name) => store.migration(name)));
  const woken = active.filter(({ migration, wave }) => {
    const file = files.find((one) => one?.name === migration);
    return file !== undefined && alarmsOf(file.policy, wave).includes(alarm);
  });
  await Promise.all(woken.map((ref) => ticks.requestTick(ref)));
  return woken;
}
