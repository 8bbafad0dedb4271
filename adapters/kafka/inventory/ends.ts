import { listOffsetsV6, listOffsetsV7 } from "@platformatic/kafka";
import type { Partition } from "#core/inventory/topic.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import {
  type PartitionKey,
  type PartitionMap,
  partitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { code } from "../faults.ts";
import { byTopic } from "../leaders.ts";
import type { AskedBrokers } from "./asked-brokers.ts";
import { inChunks } from "./in-chunks.ts";
import { refusal } from "./refusal.ts";
import type { TopicPlace } from "./topic-places.ts";

const partitionsPerRequest = 5000;

const logStart = -2n;
const highWatermark = -1n;
/** The record with the latest time stamp, since Kafka 3.0. */
const newestRecord = -3n;

type Found = { readonly offset: bigint; readonly timestamp: bigint };

export type Ends = Pick<Partition, "ends" | "newest">;

/** Log start, end and, where `withNewest`, the newest record of every partition: one request by leader, question and five thousand partitions. */
export async function endsOf(
  brokers: AskedBrokers,
  cluster: ClusterIdentity,
  topics: readonly TopicPlace[],
  { withNewest }: { readonly withNewest: boolean },
): Promise<PartitionMap<Ends>> {
  const byLeader = Map.groupBy(
    topics.flatMap(({ name: topic, partitions }) => partitions.map((p) => ({ topic, ...p }))),
    ({ leader }) => leader,
  );
  const answered = new Map<PartitionKey, Ends>();
  await Promise.all(
    [...byLeader].map(async ([leader, led]) => {
      const ask = (time: bigint): Promise<Looked> =>
        leader === -1 ? noLeader(led) : lookUp(brokers, cluster, { leader, led, time });
      const canTellNewest = withNewest && (leader === -1 || (await brokers.supports(leader, listOffsetsV7.api)));
      const [starts, ends, newest] = await Promise.all([
        ask(logStart),
        ask(highWatermark),
        canTellNewest ? ask(newestRecord) : undefined,
      ]);
      for (const p of led) {
        const key = partitionKey(p);
        const start = starts.get(key) ?? unanswered;
        const end = ends.get(key) ?? unanswered;
        answered.set(key, {
          ends: isUnknown(start)
            ? start
            : isUnknown(end)
              ? end
              : { logStart: offsetOn<Side>(start.offset), highWatermark: offsetOn<Side>(end.offset) },
          newest: newest === undefined ? tooOldForNewest : newestOf(newest.get(key) ?? unanswered),
        });
      }
    }),
  );
  return answered;
}

type Looked = ReadonlyMap<PartitionKey, OrUnknown<Found>>;

async function lookUp(
  brokers: AskedBrokers,
  cluster: ClusterIdentity,
  o: { readonly leader: number; readonly led: readonly TopicPartition[]; readonly time: bigint },
): Promise<Looked> {
  const found = new Map<PartitionKey, OrUnknown<Found>>();
  const api = o.time === newestRecord ? listOffsetsV7.api : listOffsetsV6.api;
  await Promise.all(
    inChunks(o.led, partitionsPerRequest).map(async (chunk) => {
      const asked = [...byTopic(chunk)].map(([name, indexes]) => ({
        name,
        partitions: indexes.map((partitionIndex) => ({
          partitionIndex,
          currentLeaderEpoch: -1,
          timestamp: o.time,
        })),
      }));
      const answer = await brokers.ask(o.leader, "ListOffsets", api, -1, 0, asked);
      if (isUnknown(answer)) for (const p of chunk) found.set(partitionKey(p), answer);
      else
        for (const { name: topic, partitions } of answer.topics)
          for (const p of partitions)
            found.set(
              partitionKey({ topic, partition: p.partitionIndex }),
              p.errorCode === code.none
                ? { offset: p.offset, timestamp: p.timestamp }
                : refused(cluster, topic, p.partitionIndex, p.errorCode),
            );
    }),
  );
  return found;
}

const refused = (cluster: ClusterIdentity, topic: string, partition: number, errorCode: number): Unknown =>
  refusal(
    "ListOffsets",
    {
      cluster,
      doing: `looking up the ends of ${topic}/${partition}`,
      needs: { resource: "topic", name: topic, operation: "Describe" },
    },
    errorCode,
  );

const newestOf = (found: OrUnknown<Found>): Ends["newest"] => {
  if (isUnknown(found)) return found;
  return found.offset < 0n ? undefined : { offset: offsetOn<Side>(found.offset), at: Number(found.timestamp) };
};

const noLeader = async (led: readonly TopicPartition[]): Promise<Looked> =>
  new Map(led.map((p) => [partitionKey(p), leaderless]));
const leaderless = unknown("ListOffsets", "the partition has no leader now, so nobody can be asked for its ends");
const unanswered = unknown("ListOffsets", "the answer does not name the partition");
const tooOldForNewest = unknown(
  "ListOffsets",
  "brokers before Kafka 3.0 cannot be asked for the record with the latest time stamp",
);
