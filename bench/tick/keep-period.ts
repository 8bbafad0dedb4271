import { setTimeout as sleep } from "node:timers/promises";
import type { CheckResult } from "#core/gate/verdict.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { readEvidence } from "#use-cases/evidence.ts";
import type { TickLab } from "./tick-lab.ts";

/** What came of one wave's ticks while it was ticked once each period, whatever its last tick still did. */
export type Kept = {
  readonly ref: WaveRef;
  readonly ticked: number;
  /** Its last tick was still at work, so that this one left it alone. */
  readonly busy: number;
  /** How long its ticks took, and how long it went without one that ended, in ms. */
  readonly longestTick: number;
  readonly longestGap: number;
};

/** Ticks every wave once each period, all at once, as the timer does: no tick waits for another. `ended`: those that are still under way. */
export const keepPeriod = async (
  lab: TickLab,
  refs: readonly WaveRef[],
  o: { readonly periodMilliseconds: number; readonly rounds: number; readonly between?: () => Promise<void> },
): Promise<{ readonly kept: readonly Kept[]; readonly ended: Promise<unknown> }> => {
  const begun = performance.now();
  const kept = new Map(refs.map((ref) => [ref, { ticked: 0, busy: 0, longestTick: 0, longestGap: 0, endedAt: begun }]));
  const underWay = new Set<Promise<void>>();
  const tick = async (ref: WaveRef): Promise<void> => {
    const of = kept.get(ref);
    if (of === undefined) return;
    const since = performance.now();
    const { outcome } = await lab.tick(ref);
    const now = performance.now();
    if (outcome === "busy") {
      of.busy += 1;
      return;
    }
    of.ticked += 1;
    of.longestTick = Math.max(of.longestTick, now - since);
    of.longestGap = Math.max(of.longestGap, now - of.endedAt);
    of.endedAt = now;
  };
  for (let round = 0; round < o.rounds; round++) {
    for (const ref of refs) {
      const running = tick(ref).finally(() => underWay.delete(running));
      underWay.add(running);
    }
    await o.between?.();
    const next = begun + (round + 1) * o.periodMilliseconds;
    await sleep(Math.max(0, next - performance.now()));
  }
  const over = performance.now();
  const answers = [...kept].map(([ref, { endedAt, ...of }]) => ({
    ref,
    ...of,
    longestGap: Math.max(of.longestGap, over - endedAt),
  }));
  return { kept: answers, ended: Promise.all(underWay) };
};

/** The replication gate's two checks as they stand. */
export const replicationOf = async (lab: TickLab, ref: WaveRef): Promise<readonly CheckResult[]> =>
  (await readEvidence(lab.store.items, ref)).get("replication") ?? [];
