import { type PartitionMap, partitionKey } from "#core/kafka/topic-partition.ts";
import type { Configs } from "./config.ts";
import type { Partition, Topic } from "./topic.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "./unknown.ts";

/** From two sweeps of offsets and sizes. */
export type TopicThroughput = {
  readonly topic: string;
  /** Between the sweeps. */
  readonly seconds: number;
  /** Offsets that the logs grew by: records, and the markers of transactions. */
  readonly recordsPerSecond: OrUnknown<number>;
  /** Growth on the leaders' disks, as stored (compressed). */
  readonly bytesPerSecond: OrUnknown<number>;
  /** Bytes on disk by offset, over all that the topic holds now; undefined where it holds nothing. */
  readonly averageRecordBytes: OrUnknown<number | undefined>;
};

export type Swept = Pick<Partition, "ends" | "sizeBytes">;

/** Ends and sizes at one time (ms). */
export type Sweep = { readonly readAt: number; readonly partitions: PartitionMap<Swept> };

/** What the topics of a listing did between it and a later sweep. */
export function throughputOf(topics: Listing<Topic>, later: Sweep): Listing<TopicThroughput> {
  const seconds = (later.readAt - topics.readAt) / 1000;
  return {
    source: "two sweeps",
    readAt: later.readAt,
    items: topics.items.map((topic) => ofTopic(topic, later, seconds)),
    gaps: topics.gaps,
  };
}

function ofTopic(topic: Topic, later: Sweep, seconds: number): TopicThroughput {
  const { name, partitions } = topic;
  const all = (what: Unknown): TopicThroughput => ({
    topic: name,
    seconds,
    recordsPerSecond: what,
    bytesPerSecond: what,
    averageRecordBytes: what,
  });
  if (isUnknown(partitions)) return all(partitions);
  const pairs = partitions.map((first) => ({
    first,
    second: later.partitions.get(partitionKey({ topic: name, partition: first.partition })) ?? gone,
  }));
  const appended = sumOf(pairs, ({ first, second }) => growth(first, second));
  const grown = sumOf(pairs, ({ first, second }) => growthOnDisk(first, second));
  const held = sumOf(pairs, ({ second }) =>
    isUnknown(second.ends) ? second.ends : Number(second.ends.highWatermark - second.ends.logStart),
  );
  const size = sumOf(pairs, ({ second }) => second.sizeBytes);
  const rate = (sum: OrUnknown<number>): OrUnknown<number> => {
    if (isUnknown(sum)) return sum;
    return seconds > 0 ? sum / seconds : unknown("two sweeps", "no time lies between the sweeps");
  };
  return {
    topic: name,
    seconds,
    recordsPerSecond: rate(appended),
    bytesPerSecond: rate(grown),
    averageRecordBytes: isUnknown(held)
      ? held
      : isUnknown(size)
        ? size
        : isCompacted(topic.configs)
          ? unknown("two sweeps", "compaction leaves offsets without records, so that bytes by offset say nothing")
          : held === 0
            ? undefined
            : size / held,
  };
}

const growth = (first: Swept, second: Swept): OrUnknown<number> => {
  if (isUnknown(first.ends)) return first.ends;
  if (isUnknown(second.ends)) return second.ends;
  const records = second.ends.highWatermark - first.ends.highWatermark;
  return records < 0n
    ? unknown("two sweeps", "the log ends earlier than before: the topic was made anew, or records were lost")
    : Number(records);
};

const growthOnDisk = (first: Swept, second: Swept): OrUnknown<number> => {
  if (isUnknown(first.sizeBytes)) return first.sizeBytes;
  if (isUnknown(second.sizeBytes)) return second.sizeBytes;
  const bytes = second.sizeBytes - first.sizeBytes;
  return bytes < 0
    ? unknown("two sweeps", "what retention or compaction deleted between the sweeps hides what was written")
    : bytes;
};

const sumOf = <T>(items: readonly T[], of: (item: T) => OrUnknown<number>): OrUnknown<number> => {
  let sum = 0;
  for (const item of items) {
    const part = of(item);
    if (isUnknown(part)) return part;
    sum += part;
  }
  return sum;
};

const isCompacted = (configs: OrUnknown<Configs>): boolean =>
  !isUnknown(configs) && (configs.get("cleanup.policy")?.value ?? "").includes("compact");

const noAnswer = unknown("two sweeps", "the partition was not there at the second sweep");
const gone: Swept = { ends: noAnswer, sizeBytes: noAnswer };
