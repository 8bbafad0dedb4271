import { longestDelay, replicationWindowSchema } from "#core/replication/replication-window.ts";
import { FORWARD_RUNS, MOVED_PRODUCERS } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { Clock } from "./ports/clock.ts";
import type { Direction } from "./ports/replicator.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { readFact } from "./wave-facts.ts";
import { onlyOnTarget } from "./way-back-facts.ts";
import { readWindow } from "./windows.ts";

/** One wave in numbers, as its last tick left it. */
export type WaveGauges = {
  /** 0: no freeze stands. */
  readonly frozenSeconds: number;
  /** 0: not held. */
  readonly heldSeconds: number;
  /** Of the mirror that should run now; absent where none should, or its delay is not known. */
  readonly mirrorDelaySeconds?: number;
  /** After producers moved: what only the target has, as far as it was seen. */
  readonly onlyOnTargetRecords?: number;
};

export async function waveGauges(
  { store, clock }: { readonly store: WaveStore; readonly clock: Clock },
  ref: WaveRef,
): Promise<WaveGauges | undefined> {
  const row = await store.wave(ref);
  if (row === undefined) return undefined;
  const now = clock.now();
  const since = (at: number | undefined): number => (at === undefined ? 0 : Math.max(0, now - at) / 1000);
  const direction = FORWARD_RUNS.includes(row.phase)
    ? "forward"
    : row.phase === "producers-moved"
      ? "reverse"
      : undefined;
  const delay = direction === undefined ? undefined : await delayOf(store, row, direction, now);
  const seen = MOVED_PRODUCERS.includes(row.phase) ? await readFact(store.items, ref, "way-back") : undefined;
  return {
    frozenSeconds: since(row.freeze?.startedAt),
    heldSeconds: since(row.hold?.at),
    ...(delay !== undefined && { mirrorDelaySeconds: delay / 1000 }),
    ...(seen?.attempt === row.attempt && { onlyOnTargetRecords: onlyOnTarget(seen) }),
  };
}

async function delayOf(
  { items }: WaveStore,
  row: WaveRow,
  direction: Direction,
  now: number,
): Promise<number | undefined> {
  const window = await readWindow(items, row, direction, replicationWindowSchema);
  return window && longestDelay(window, now)?.delayMilliseconds;
}
