import { randomUUID } from "node:crypto";
import type { Kafka } from "kafkajs";
import { contentId } from "./content-id.ts";
import { type LogRecord, placeOf } from "./expected-records.ts";

export type RawRecord = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly id: string;
};

const PATIENCE_SECONDS = 20;

/**
 * Every record that a reader of committed records sees in these topics, up to the ends they have now. Reads with a group
 * of its own and deletes it afterwards. Throws where an end is not reached.
 */
export const readTopics = async (
  kafka: Kafka,
  topics: readonly string[],
  each: (record: RawRecord) => void,
): Promise<{ partitions: string[] }> => {
  const admin = kafka.admin();
  await admin.connect();
  const groupId = `checker-${randomUUID()}`;
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 100, maxBytesPerPartition: 4_000_000 });
  try {
    const left = new Map<string, bigint>();
    const partitions: string[] = [];
    for (const topic of topics)
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        partitions.push(placeOf(topic, partition));
        if (BigInt(high) > BigInt(low)) left.set(placeOf(topic, partition), BigInt(high));
      }
    if (left.size === 0) return { partitions };
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      let lastProgress = Date.now();
      const watch = setInterval(() => {
        if (Date.now() - lastProgress < PATIENCE_SECONDS * 1000) return;
        clearInterval(watch);
        reject(
          new Error(
            `no progress for ${PATIENCE_SECONDS} s; ends not reached: ${[...left].map(([p, e]) => `${p} ${e}`).join(", ")}`,
          ),
        );
      }, 200);
      const finish = (): void => {
        clearInterval(watch);
        resolve();
      };
      consumer.on(consumer.events.CRASH, ({ payload }) => {
        clearInterval(watch);
        reject(payload.error);
      });
      consumer
        .run({
          autoCommit: false,
          eachBatchAutoResolve: true,
          eachBatch: async ({ batch, heartbeat }) => {
            lastProgress = Date.now();
            const place = placeOf(batch.topic, batch.partition);
            const end = left.get(place);
            for (const m of batch.messages) {
              const offset = BigInt(m.offset);
              if (end === undefined || offset >= end) break;
              each({
                topic: batch.topic,
                partition: batch.partition,
                offset,
                key: m.key,
                value: m.value,
                id: contentId({ key: m.key, value: m.value, timestamp: m.timestamp, headers: m.headers ?? {} }),
              });
            }
            // lastOffset counts markers and aborted records too, which are never handed out.
            if (end !== undefined && BigInt(batch.lastOffset()) + 1n >= end) left.delete(place);
            await heartbeat();
            if (left.size === 0) finish();
          },
        })
        .catch(reject);
    });
    return { partitions };
  } finally {
    await consumer.disconnect();
    await deleteGroup(admin, groupId);
    await admin.disconnect();
  }
};

/** Whole logs by "topic/partition", each partition present even when it is empty. */
export const readLog = async (kafka: Kafka, topics: readonly string[]): Promise<Map<string, LogRecord[]>> => {
  const log = new Map<string, LogRecord[]>();
  const add = (place: string): LogRecord[] => {
    const records = log.get(place) ?? [];
    log.set(place, records);
    return records;
  };
  const { partitions } = await readTopics(kafka, topics, ({ topic, partition, offset, id }) =>
    add(placeOf(topic, partition)).push({ offset, id }),
  );
  for (const place of partitions) add(place);
  return log;
};

// A group that never committed is gone with its last member, and then there is nothing to delete.
const deleteGroup = async (admin: ReturnType<Kafka["admin"]>, groupId: string): Promise<void> => {
  const { groups } = await admin.listGroups();
  if (groups.some((group) => group.groupId === groupId)) await admin.deleteGroups([groupId]);
};
