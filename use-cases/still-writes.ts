import { OperatorFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Client } from "#core/migration/migration.ts";
import type { Cluster, PartitionEnds } from "./ports/cluster.ts";
import type { StepContext } from "./step-context.ts";

/**
 * Whether producers that were started again are seen to write; a sentence that names them where none is within their own
 * start times. Who writes seldom must not keep a wave from ending, so that it is said and not thrown.
 */
export async function stillWrites<S extends Side>(
  context: StepContext,
  { log, side }: Cluster<S>,
  partitions: readonly TopicPartition[],
  before: PartitionMap<PartitionEnds<S>>,
  producers: readonly Client[],
): Promise<string | undefined> {
  if (producers.length === 0) return undefined;
  const seconds = Math.max(1, ...producers.map((client) => client.startSeconds));
  const sentence = `no write of ${producers.map((c) => c.name).join(", ")} was seen on the ${side} within ${seconds} s; look at their logs`;
  return context
    .waitFor(
      `writes on the ${side}`,
      seconds,
      async () =>
        [...(await log.ends(partitions))].some(
          ([key, end]) => end.highWatermark > (before.get(key)?.highWatermark ?? 0n),
        )
          ? true
          : undefined,
      () => new OperatorFault(sentence),
    )
    .then(() => undefined)
    .catch((error: unknown) => {
      if (error instanceof OperatorFault) return sentence;
      throw error;
    });
}
