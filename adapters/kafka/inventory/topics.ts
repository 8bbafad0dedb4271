import { isWithin, type NameRange } from "#core/inventory/name-range.ts";
import type { Sweep, Swept } from "#core/inventory/throughput.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { type PartitionKey, parsePartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { code, grant } from "../faults.ts";
import type { AskedBrokers } from "./asked-brokers.ts";
import { endsOf } from "./ends.ts";
import { type LogSizes, logSizes, sizeOf } from "./log-sizes.ts";
import { refusal } from "./refusal.ts";
import { settingsByName } from "./settings.ts";
import type { TopicPlace } from "./topic-places.ts";

export type Asking = {
  readonly brokers: AskedBrokers;
  readonly cluster: ClusterIdentity;
  /** Whether the cluster's own right to DESCRIBE is there, without which Kafka leaves out what it does not show. */
  readonly mayDescribeCluster: boolean;
};

/** Topics with everything about them; also the names of those that may not be described, where the brokers' disks tell them. */
export async function scanTopics(
  o: Asking & { readonly places: OrUnknown<readonly TopicPlace[]>; readonly range: NameRange },
): Promise<Listing<Topic>> {
  const readAt = Date.now();
  if (isUnknown(o.places)) return { source: "Metadata", readAt, items: [], gaps: [o.places] };
  const places = o.places.filter(({ name }) => isWithin(name, o.range));
  const open = places.filter(({ errorCode }) => isThere(errorCode));
  const [ends, sizes, settings] = await Promise.all([
    endsOf(o.brokers, o.cluster, open, { withNewest: true }),
    logSizes(o.brokers, o.cluster, o.mayDescribeCluster),
    settingsByName(
      o.brokers,
      o.cluster,
      "topic",
      open.map(({ name }) => name),
    ),
  ]);
  const items = places.map((place): Topic => {
    const { name } = place;
    const identity = { name, id: place.id, isInternal: place.isInternal };
    if (!isThere(place.errorCode)) {
      const closed = mayNotBeDescribed(o.cluster, name, place.errorCode);
      return { ...identity, partitions: closed, configs: closed };
    }
    return {
      ...identity,
      partitions: place.partitions.map((p) => {
        const key = partitionKey({ topic: name, partition: p.partition });
        return { ...p, ...(ends.get(key) ?? unasked), sizeBytes: sizeOf(sizes, key, p) };
      }),
      configs: settings.get(name) ?? unasked.ends,
    };
  });
  const hidden = hiddenTopics(sizes, new Set(o.places.map(({ name }) => name)), o.range).map((name): Topic => {
    const closed = mayNotBeDescribed(o.cluster, name, code.topicAuthorizationFailed);
    return { name, id: null, isInternal: false, partitions: closed, configs: closed };
  });
  return {
    source: "Metadata",
    readAt,
    items: [...items, ...hidden].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    gaps: hiddenNames(sizes),
  };
}

/** Ends and sizes once more. */
export async function sweepTopics(
  o: Asking & { readonly places: OrUnknown<readonly TopicPlace[]>; readonly range: NameRange },
): Promise<Sweep> {
  const readAt = Date.now();
  const places = isUnknown(o.places) ? [] : o.places.filter(({ name }) => isWithin(name, o.range));
  const [ends, sizes] = await Promise.all([
    endsOf(o.brokers, o.cluster, places, { withNewest: false }),
    logSizes(o.brokers, o.cluster, o.mayDescribeCluster),
  ]);
  const partitions = new Map<PartitionKey, Swept>();
  for (const { name: topic, partitions: ofTopic } of places)
    for (const p of ofTopic) {
      const key = partitionKey({ topic, partition: p.partition });
      partitions.set(key, { ends: ends.get(key)?.ends ?? unasked.ends, sizeBytes: sizeOf(sizes, key, p) });
    }
  return { readAt, partitions };
}

/** A topic between two leaders is there all the same. */
const isThere = (errorCode: number): boolean => errorCode === code.none || errorCode === code.leaderNotAvailable;

const hiddenTopics = (sizes: LogSizes, seen: ReadonlySet<string>, range: NameRange): readonly string[] => {
  const names = new Set<string>();
  for (const onBroker of sizes.values())
    if (!isUnknown(onBroker))
      for (const key of onBroker.keys()) {
        const { topic } = parsePartitionKey(key);
        if (!seen.has(topic) && topic !== clusterMetadata && isWithin(topic, range)) names.add(topic);
      }
  return [...names];
};

/** KRaft's own log, which is no topic to anybody. */
const clusterMetadata = "__cluster_metadata";

/** A broker whose disks nobody saw may keep topics that may not be described. */
const hiddenNames = (sizes: LogSizes): readonly Unknown[] => {
  const silent = [...sizes.values()].filter(isUnknown);
  const kinds = new Map(silent.map((s) => [s.unknown.why, s]));
  return [...kinds.values()].map(({ unknown: { source, why, cure } }) =>
    unknown(source, `topics that may not be described are not listed, since ${why}`, cure),
  );
};

const mayNotBeDescribed = (cluster: ClusterIdentity, name: string, errorCode: number): Unknown => {
  const attempt = {
    cluster,
    doing: `describing topic ${name}`,
    needs: { resource: "topic", name, operation: "Describe" },
  } as const;
  return errorCode === code.topicAuthorizationFailed
    ? unknown("Metadata", `${cluster.principal} lacks a right for ${attempt.doing}`, grant(attempt))
    : refusal("Metadata", attempt, errorCode);
};

const unaskedFor = unknown("Metadata", "the topic was not there any more when it was asked for");
const unasked = { ends: unaskedFor, newest: unaskedFor } as const;
