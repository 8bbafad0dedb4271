import { describe, expect, it } from "vitest";
import type { OperatorFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { Cluster } from "#use-cases/ports/cluster.ts";
import { proveSilence } from "#use-cases/prove-silence.ts";
import type { StepContext } from "#use-cases/step-context.ts";

const QUIET = 40;
const partitions = [{ topic: "orders", partition: 0 }];

/** A target whose one partition ends at what `end` says. */
const targetThatEnds = (end: () => bigint) => {
  const cluster = {
    side: "target",
    log: {
      ends: async () => {
        const at = offsetOn<"target">(end());
        return new Map([["orders/0", { logStart: offsetOn<"target">(0n), lastStable: at, highWatermark: at }]]);
      },
    },
    activity: { producers: async () => new Map([["orders/0", [{ producerId: 7n, lastTimestamp: 1n }]]]) },
  } as unknown as Cluster<"target">;
  return { cluster };
};

const context = {
  migration: { policy: { quietMilliseconds: QUIET } },
  monotonic: () => performance.now(),
  waitFor: async <T>(
    _what: string,
    boundSeconds: number,
    probe: () => Promise<T | undefined>,
    atBound: () => OperatorFault | Promise<OperatorFault>,
  ): Promise<T> => {
    const until = performance.now() + boundSeconds * 1000;
    for (;;) {
      const answer = await probe();
      if (answer !== undefined) return answer;
      if (performance.now() >= until) throw await atBound();
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
} as unknown as StepContext;

describe("silence", () => {
  it("takes a quiet period between two sweeps that hear the same", async () => {
    const { cluster } = targetThatEnds(() => 5n);
    const begun = performance.now();
    const { ends, since } = await proveSilence(context, cluster, partitions, 1, "stop it");
    expect(performance.now() - begun).toBeGreaterThanOrEqual(QUIET);
    expect(since).toBeGreaterThanOrEqual(begun);
    expect(ends.get("orders/0")?.highWatermark).toBe(5n);
  });

  it("begins anew where something was written, and says since when it is quiet", async () => {
    const begun = performance.now();
    const { cluster } = targetThatEnds(() => (performance.now() - begun < 60 ? 5n : 6n));
    const { ends, since } = await proveSilence(
      {
        ...context,
        migration: { ...context.migration, policy: { ...context.migration.policy, quietMilliseconds: 100 } },
      },
      cluster,
      partitions,
      1,
      "stop it",
    );
    expect(since - begun).toBeGreaterThanOrEqual(60);
    expect(performance.now() - since).toBeGreaterThanOrEqual(100);
    expect(ends.get("orders/0")?.highWatermark).toBe(6n);
  });

  it("names what grows, and its writer, at the bound", async () => {
    let end = 5n;
    const { cluster } = targetThatEnds(() => end++);
    await expect(proveSilence(context, cluster, partitions, 0.05, "stop it")).rejects.toThrow(
      /orders\/0 grew from \d+ to \d+ .*producer id 7.*stop it/,
    );
  });
});
