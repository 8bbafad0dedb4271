import { OperatorFault } from "#core/fault.ts";
import type { TopicPartition } from "#core/kafka/topic-partition.ts";
import type { TopicDescription } from "./ports/cluster.ts";
import { postAnew } from "./post-anew.ts";
import type { StepContext } from "./step-context.ts";

/** The wave's topics as they are on the source; a missing one is an OperatorFault. */
export async function describeAll({ estate, plan }: StepContext): Promise<ReadonlyMap<string, TopicDescription>> {
  const topics = await estate.source.topics.describe(plan.topics);
  const missing = plan.topics.filter((topic) => !topics.has(topic));
  if (missing.length > 0)
    throw new OperatorFault(
      `topic ${missing.join(", ")} of wave ${plan.name} does not exist on the source, or Sluice may not describe it; create it there, grant Describe on it, or ${postAnew("correct waves[].topics")}`,
    );
  return topics;
}

export const partitionsOf = (topic: TopicDescription): readonly TopicPartition[] =>
  Array.from({ length: topic.partitions }, (_, partition) => ({ topic: topic.name, partition }));

/** Every partition of the wave's topics, as the source has them. */
export async function wavePartitions({ estate, plan }: StepContext): Promise<readonly TopicPartition[]> {
  const topics = await estate.source.topics.describe(plan.topics);
  return [...topics.values()].flatMap(partitionsOf);
}

/** Every partition that the mirror writes to: one that was added to the source in mid-wave is not there. */
export async function targetPartitions({ estate, plan }: StepContext): Promise<readonly TopicPartition[]> {
  const topics = await estate.target.topics.describe(plan.topics);
  return [...topics.values()].flatMap(partitionsOf);
}
