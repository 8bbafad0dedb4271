import { OperatorFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";
import { partitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { waitUntilRunning } from "./ensure-mirror.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { Direction } from "./ports/replicator.ts";
import { settleAll } from "./settle-all.ts";
import type { StepContext } from "./step-context.ts";
import type { Stopwatch } from "./stopwatch.ts";
import { tailsEqual } from "./tails-equal.ts";

/**
 * Stops a mirror that nobody writes to any more: content says when, then the connector's own committed offsets must agree, or
 * it goes on and is drained again. `whileItStops` runs beside the stop, since the mirror has nothing left to write.
 */
export async function stopDrainedMirror<A extends Side, B extends Side, T>(
  context: StepContext,
  mirror: {
    readonly direction: Direction;
    readonly from: Cluster<A>;
    readonly to: Cluster<B>;
    readonly partitions: readonly TopicPartition[];
    /** Others may have written downstream; their records hide nothing of the mirror's. */
    readonly toMayHoldMore: boolean;
  },
  watch: Pick<Stopwatch, "lap">,
  whileItStops: () => Promise<T>,
): Promise<T> {
  const { estate, migration, ref } = context;
  const { direction, from, to, partitions, toMayHoldMore } = mirror;
  const { drainSeconds } = migration.policy;
  const name = connectorName(ref, context.attempt, direction);
  for (;;) {
    let behind: readonly string[] = [];
    const tails = await context.waitFor(
      `the drain of the ${direction} mirror`,
      drainSeconds,
      async () => {
        const compared = await tailsEqual({ from: from.log, to: to.log, partitions, toMayHoldMore });
        behind = compared.different.map((d) => `${partitionKey(d.partition)}: the ${to.side} ${d.reason}`);
        return behind.length === 0 ? compared : undefined;
      },
      () =>
        new OperatorFault(
          `the ${direction} mirror is not drained after ${drainSeconds} s: ${behind.join("; ")}; look at connector ${name}`,
        ),
    );
    watch.lap("content");
    await context.stillMine();
    const [, beside] = await settleAll([estate.replicator.stop(direction, name), whileItStops()]);
    watch.lap("stop");
    const through = await estate.replicator.replicatedThrough(direction, name);
    const short = [...tails.lastVisible].filter(
      ([key, last]) => last !== undefined && (through.get(key) ?? 0n) <= last,
    );
    if (short.length === 0) return beside;
    // Its committed offsets lie before records that the other side already holds: resumed as it is, it would repeat them.
    await context.note("DrainRepeated", { direction, behind: short.map(([key]) => key) });
    await estate.replicator.resume(direction, name);
    await waitUntilRunning(context, direction, name);
  }
}
