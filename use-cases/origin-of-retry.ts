import { OperatorFault } from "#core/fault.ts";
import { type PartitionMap, parsePartitionKey } from "#core/kafka/topic-partition.ts";
import type { TopicDescription } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import { postAnew } from "./post-anew.ts";
import type { StepContext } from "./step-context.ts";
import { loadedPositions } from "./stored-positions.ts";
import { type Fact, readFact, writeFact } from "./wave-facts.ts";
import { partitionsOf } from "./wave-topics.ts";

/**
 * Where the forward mirror of a later attempt starts on the source: at the pin, if the last attempt has left one and both
 * sides are as it saw them. Otherwise the target topics that this wave had taken are deleted, and it starts at the beginning
 * of fresh ones: undefined. Decided once, since the target's ends grow as soon as the mirror runs.
 */
export async function originOfRetry(
  { store }: Deps,
  context: StepContext,
  sourceTopics: ReadonlyMap<string, TopicDescription>,
): Promise<PartitionMap<bigint> | undefined> {
  const { attempt, ref } = context;
  if (attempt === 1) return undefined;
  const decided = await readFact(store.items, ref, "forward-origin");
  if (decided?.attempt === attempt) return nonEmpty(loadedPositions(decided.source));
  const pin = await readFact(store.items, ref, "pin");
  const unusable = await whyUnusable(context, pin, sourceTopics);
  if (unusable === undefined && pin !== undefined) {
    await context.note("PinUsed", { pin: pin.source, takenBy: pin.takenBy });
    await writeFact(store.items, ref, "forward-origin", { attempt, source: pin.source, target: pin.target });
    return loadedPositions(pin.source);
  }
  const deleted = await deleteOwnTopics({ store }, context);
  await context.note("TargetTopicsRenewed", { because: unusable, deleted });
  await writeFact(store.items, ref, "forward-origin", { attempt, source: {}, target: {} });
  return undefined;
}

const nonEmpty = (positions: PartitionMap<bigint>): PartitionMap<bigint> | undefined =>
  positions.size === 0 ? undefined : positions;

/** Why the next attempt cannot start at the pin; a write by somebody else is a person's to decide about, and thrown. */
async function whyUnusable(
  context: StepContext,
  pin: Fact<"pin"> | undefined,
  sourceTopics: ReadonlyMap<string, TopicDescription>,
): Promise<string | undefined> {
  const { estate, plan } = context;
  if (pin === undefined) return "the last attempt has left no pin";
  if (pin.attempt !== context.attempt - 1) return `the last pin is of attempt ${pin.attempt}`;
  if (pin.voidBecause !== undefined) return pin.voidBecause;
  const onTarget = await estate.target.topics.describe(plan.topics);
  for (const topic of plan.topics) {
    const ids = pin.topicIds[topic];
    if (ids?.source !== sourceTopics.get(topic)?.id) return `topic ${topic} was created anew on the source since`;
    if (ids?.target !== onTarget.get(topic)?.id) return `topic ${topic} was created anew on the target since`;
    if (sourceTopics.get(topic)?.partitions !== onTarget.get(topic)?.partitions)
      return `topic ${topic} has ${sourceTopics.get(topic)?.partitions} partitions on the source and ${onTarget.get(topic)?.partitions} on the target`;
  }
  const partitions = [...onTarget.values()].flatMap(partitionsOf);
  const ends = await estate.target.log.ends(partitions);
  const pinned = loadedPositions(pin.target);
  const grown = [...ends].filter(([key, end]) => end.highWatermark !== (pinned.get(key) ?? 0n));
  if (grown.length > 0)
    throw new OperatorFault(
      `somebody has written to the wave's topics on the target since it was rolled back or aborted: ${grown
        .map(([key, end]) => `${key} from ${pinned.get(key) ?? 0n} to ${end.highWatermark}`)
        .join(
          ", ",
        )}; see who it is, then delete the topics there if nobody needs those records, or ${postAnew("leave them out of the wave")}`,
    );
  const starts = await estate.source.log.ends([...loadedPositions(pin.source).keys()].map(parsePartitionKey));
  const expired = [...loadedPositions(pin.source)].filter(([key, at]) => at < (starts.get(key)?.logStart ?? 0n));
  if (expired.length > 0)
    return `retention has deleted records after the pin on the source (${expired.map(([key]) => key).join(", ")})`;
  return undefined;
}

/** Only those that this wave has taken: one that somebody created since is refused where it holds records. */
async function deleteOwnTopics({ store }: Pick<Deps, "store">, context: StepContext): Promise<readonly string[]> {
  const { estate, plan, ref } = context;
  const taken = (await readFact(store.items, ref, "target-topics")) ?? {};
  const present = await estate.target.topics.describe(plan.topics);
  const own = [...present.values()].filter((topic) => taken[topic.name]?.id === topic.id).map(({ name }) => name);
  await context.stillMine();
  await estate.target.topics.delete(own);
  return own;
}
