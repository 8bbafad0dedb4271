import { setTimeout as sleep } from "node:timers/promises";
import type { Batch, Consumer, EachBatchPayload } from "kafkajs";
import { contentId } from "../checker/content-id.ts";
import { placeOf } from "../checker/expected-records.ts";
import { type ClusterName, openJournal, packedIds } from "../checker/journal-lines.ts";
import { kafkaOf } from "./kafka-client.ts";
import type { Position } from "./position.ts";
import type { RunningClient } from "./running-client.ts";
import type { AppsSettings, ConsumerSettings } from "./settings.ts";

const SLICE_RECORDS = 200;
const COMMIT_ATTEMPTS = 5;
const AGAIN_AFTER_MILLISECONDS = 200;

/**
 * One member of a group that processes where its switch points: slice by slice, each journalled, then committed, before
 * the next. When told to pause it ends with the slice it is at, so that all it processed is committed when it leaves.
 */
export const startConsumer = (apps: AppsSettings, settings: ConsumerSettings): RunningClient => {
  const journal = openJournal(apps.journal, settings.name);
  let wanted: Position = "paused";
  let isStopped = false;
  let processed = 0;
  const mayGoOn = (on: ClusterName): boolean =>
    wanted === on && !isStopped && processed < (settings.stopsAfterRecords ?? Number.POSITIVE_INFINITY);

  const run = async (): Promise<void> => {
    while (!isStopped) {
      if (wanted === "paused" || !mayGoOn(wanted)) await sleep(5);
      else await consumeFrom(wanted);
    }
    journal.close();
  };

  const note = (what: "started" | "paused" | "fault", on: ClusterName, error?: unknown): void =>
    journal.write({
      what,
      client: settings.name,
      on,
      at: Date.now(),
      ...(error === undefined ? {} : { error: String(error) }),
    });

  const consumeFrom = async (on: ClusterName): Promise<void> => {
    const consumer = kafkaOf(apps, settings, on).consumer({
      groupId: settings.group,
      // Longer than any stall of a busy machine: a rebalance would hand out again what is being processed.
      sessionTimeout: 30_000,
      rebalanceTimeout: 30_000,
      heartbeatInterval: 1_000,
      // A consumer that leaves waits for its last fetch.
      maxWaitTimeInMs: 100,
      retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5, restartOnFailure: async () => false },
    });
    let hasCrashed = false;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      hasCrashed = true;
      note("fault", on, payload.error);
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...settings.topics], fromBeginning: settings.reset === "earliest" });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => processBatch(payload, on, consumer),
      });
      leaveOut(consumer);
      note("started", on);
      while (mayGoOn(on) && !hasCrashed) await sleep(5);
    } catch (error) {
      hasCrashed = true;
      note("fault", on, error);
    } finally {
      await consumer.disconnect();
      note("paused", on);
    }
    if (hasCrashed) await sleep(AGAIN_AFTER_MILLISECONDS);
  };

  const leaveOut = (consumer: Consumer): void => {
    for (const place of settings.leavesOut) {
      const [topic = "", partition = ""] = place.split("/");
      consumer.pause([{ topic, partitions: [Number(partition)] }]);
    }
  };

  const processBatch = async (
    { batch, resolveOffset, commitOffsetsIfNecessary, heartbeat, isRunning, isStale }: EachBatchPayload,
    on: ClusterName,
    consumer: Consumer,
  ): Promise<void> => {
    if (settings.leavesOut.includes(placeOf(batch.topic, batch.partition))) return leaveOut(consumer);
    const rate = on === "source" ? settings.recordsPerSecondOnSource : undefined;
    const size = rate === undefined ? SLICE_RECORDS : Math.max(1, Math.round(rate / 10));
    for (let at = 0; at < batch.messages.length && mayGoOn(on) && isRunning() && !isStale(); at += size) {
      const began = Date.now();
      const messages = batch.messages.slice(at, at + size);
      const first = messages[0];
      const last = messages.at(-1);
      if (first === undefined || last === undefined) return;
      processed += messages.length;
      journal.write({
        what: "processed",
        client: settings.name,
        group: settings.group,
        topic: batch.topic,
        partition: batch.partition,
        on,
        at: began,
        offsets: [first.offset, last.offset],
        ids: packedIds(messages.map(idOf)),
      });
      await commit(commitOffsetsIfNecessary, batch, BigInt(last.offset) + 1n);
      resolveOffset(last.offset);
      await heartbeat();
      if (rate !== undefined) await sleep(Math.max(0, (messages.length / rate) * 1000 - (Date.now() - began)));
    }
  };

  const running = run();
  return {
    goTo: (position) => {
      wanted = position;
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
  };
};

const idOf = (m: Batch["messages"][number]): string =>
  contentId({ key: m.key, value: m.value, timestamp: m.timestamp, headers: m.headers ?? {} });

/** Tries a few times: a commit given up means that what was processed is handed out again. */
const commit = async (
  commitOffsets: EachBatchPayload["commitOffsetsIfNecessary"],
  batch: Batch,
  next: bigint,
): Promise<void> => {
  const topics = [{ topic: batch.topic, partitions: [{ partition: batch.partition, offset: String(next) }] }];
  for (let attempt = 1; ; attempt++)
    try {
      return await commitOffsets({ topics });
    } catch (error) {
      if (attempt === COMMIT_ATTEMPTS) throw error;
      await sleep(100);
    }
};
