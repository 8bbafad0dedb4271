import type { Already } from "#core/wave/decisions.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";

/** Stands in for the roll-back of main until that is merged. */
export async function orderRollBack(
  deps: Deps,
  order: {
    readonly ref: WaveRef;
    readonly by: string;
    readonly cause: "person" | "alarm" | "rule";
    readonly reason: string;
    readonly invocationEndsAt: number;
  },
): Promise<{ readonly outcome: "ordered" | "already" | "refused"; readonly because: string }> {
  await decideAndWrite<Already>(deps, order.ref, (row) => ({
    kind: "write",
    next: row,
    events: [{ event: "RollBackOrdered", by: order.by, details: { cause: order.cause, reason: order.reason } }],
  }));
  return { outcome: "ordered", because: order.reason };
}
