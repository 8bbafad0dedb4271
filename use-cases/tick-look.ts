import type { CheckResult } from "#core/gate/verdict.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { GateName } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { type Evidence, readEvidence, withChecks } from "./evidence.ts";
import type { TopicDescription } from "./ports/cluster.ts";
import type { Estate } from "./ports/deps.ts";
import type { WaveItems, WaveStore } from "./ports/wave-store.ts";

/**
 * What one tick's measurements have read and need not read again: they were all taken at one time. Rows, leases and whatever a
 * decision is written on are never among it; a fault is not kept.
 */
export type TickLook = {
  /** As stored when it was first asked for, with what the tick has stored since. */
  evidence(): Promise<Evidence>;
  /** The checks that a gate was just measured by. */
  measured(gate: GateName, checks: readonly CheckResult[]): Promise<void>;
  /** The wave's topics on one side. */
  topics(estate: Estate, side: Side, names: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
};

export const tickLook = (items: WaveItems, ref: WaveRef): TickLook => {
  let evidence: Evidence | undefined;
  const described = once((side: Side, estate: Estate, names: readonly string[]) => estate[side].topics.describe(names));
  const stored = async (): Promise<Evidence> => (evidence ??= await readEvidence(items, ref));
  return {
    evidence: stored,
    async measured(gate, checks) {
      evidence = withChecks(await stored(), gate, checks);
    },
    topics: (estate, side, names) => described(side, estate, names),
  };
};

/** The same store, which reads each migration's file once: once one of its waves was started only its estate changes, and seldom. */
export const filesReadOnce = (store: WaveStore): WaveStore => ({
  ...store,
  migration: once((name: string) => store.migration(name)),
});

/** The first answer for each key; a fault is asked anew. */
const once = <K, Rest extends readonly unknown[], T>(
  ask: (key: K, ...rest: Rest) => Promise<T>,
): ((key: K, ...rest: Rest) => Promise<T>) => {
  const asked = new Map<K, Promise<T>>();
  return (key, ...rest) => {
    const known = asked.get(key);
    if (known !== undefined) return known;
    const asking = ask(key, ...rest);
    asked.set(key, asking);
    asking.catch(() => asked.delete(key));
    return asking;
  };
};
