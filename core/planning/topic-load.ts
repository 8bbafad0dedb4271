import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Partition, Topic } from "#core/inventory/topic.ts";
import { isUnknown, type OrUnknown, orElse, unknown } from "#core/inventory/unknown.ts";

/** What a topic weighs. Unknown stays unknown, with its reason. */
export type TopicLoad = {
  readonly partitions: OrUnknown<number>;
  /** On the leaders' disks. */
  readonly bytes: OrUnknown<number>;
  /** Offsets between its log's starts and ends. */
  readonly heldRecords: OrUnknown<number>;
  readonly recordsPerSecond: OrUnknown<number>;
  readonly bytesPerSecond: OrUnknown<number>;
};

export type TopicLoads = ReadonlyMap<string, TopicLoad>;

export function topicLoads({ listings }: Snapshot): TopicLoads {
  const throughput = new Map(listings.throughput.items.map((one) => [one.topic, one]));
  return new Map(
    listings.topics.items.map((topic) => {
      const measured = throughput.get(topic.name);
      const recordsPerSecond = measured?.recordsPerSecond ?? notSwept;
      return [
        topic.name,
        {
          partitions: isUnknown(topic.partitions) ? topic.partitions : topic.partitions.length,
          bytes: ofPartitions(topic, ({ sizeBytes }) => sizeBytes),
          heldRecords: ofPartitions(topic, ({ ends }) =>
            isUnknown(ends) ? ends : Number(ends.highWatermark - ends.logStart),
          ),
          recordsPerSecond,
          bytesPerSecond: bytesOf(measured?.bytesPerSecond ?? notSwept, recordsPerSecond, measured?.averageRecordBytes),
        },
      ];
    }),
  );
}

/** Of several topics; one that nobody could measure makes the whole unknown. */
export function totalOf(
  loads: TopicLoads,
  topics: Iterable<string>,
  of: (load: TopicLoad) => OrUnknown<number>,
): OrUnknown<number> {
  let sum = 0;
  for (const topic of topics) {
    const load = loads.get(topic);
    const part = load === undefined ? notThere(topic) : of(load);
    if (isUnknown(part)) return part;
    sum += part;
  }
  return sum;
}

export type Measured = {
  /** Of those that were measured: the least that it can be. */
  readonly atLeast: number;
  readonly notMeasured: readonly string[];
};

/** The same where a lower bound is of use. */
export function measuredOf(
  loads: TopicLoads,
  topics: Iterable<string>,
  of: (load: TopicLoad) => OrUnknown<number>,
): Measured {
  let atLeast = 0;
  const notMeasured: string[] = [];
  for (const topic of topics) {
    const part = totalOf(loads, [topic], of);
    if (isUnknown(part)) notMeasured.push(topic);
    else atLeast += part;
  }
  return { atLeast, notMeasured };
}

/** Retention may have hidden what grew on disk; then records tell it, at the size that they have. */
const bytesOf = (
  bytes: OrUnknown<number>,
  records: OrUnknown<number>,
  average: OrUnknown<number | undefined> | undefined,
): OrUnknown<number> => {
  if (!isUnknown(bytes) || isUnknown(records)) return bytes;
  if (records === 0) return 0;
  const each = average === undefined ? undefined : orElse(average, undefined);
  return each === undefined ? bytes : records * each;
};

const ofPartitions = ({ partitions }: Topic, of: (partition: Partition) => OrUnknown<number>): OrUnknown<number> => {
  if (isUnknown(partitions)) return partitions;
  let sum = 0;
  for (const partition of partitions) {
    const part = of(partition);
    if (isUnknown(part)) return part;
    sum += part;
  }
  return sum;
};

const notSwept = unknown("two sweeps", "how much is written to it was not measured", "take a snapshot with throughput");
const notThere = (topic: string) =>
  unknown("Metadata", `topic ${topic} is not in the snapshot`, "allow Sluice to describe it, then take a new snapshot");
