import { setTimeout as sleep } from "node:timers/promises";
import type { Batch, Consumer, EachBatchPayload } from "kafkajs";
import { contentId } from "../checker/content-id.ts";
import { placeOf } from "../checker/expected-records.ts";
import { type ClusterName, openJournal, packedIds } from "../checker/journal-lines.ts";
import { kafkaOf } from "./kafka-client.ts";
import type { RunningClient } from "./running-client.ts";
import type { AppsSettings, ConsumerSettings } from "./settings.ts";
import { turn } from "./turn.ts";

const SLICE_RECORDS = 200;
/** Commits of all partitions go out together, at most this often, and when the client pauses. */
const COMMIT_EVERY_MILLISECONDS = 200;
const COMMIT_ATTEMPTS = 5;
const AGAIN_AFTER_MILLISECONDS = 200;

/**
 * One member of a group that processes where its switch points, slice by slice, each journalled as it is processed and
 * committed soon after. When told to pause it ends with the slice it is at and commits before it leaves.
 */
export const startConsumer = (apps: AppsSettings, settings: ConsumerSettings): RunningClient => {
  const journal = openJournal(apps.journal, settings.name);
  const own = turn();
  let processed = 0;
  const isDone = (): boolean => processed >= (settings.stopsAfterRecords ?? Number.POSITIVE_INFINITY);
  const mayGoOn = (on: ClusterName): boolean => own.wanted() === on && !own.isStopped() && !isDone();

  const run = async (): Promise<void> => {
    while (!own.isStopped()) {
      const wanted = own.wanted();
      if (wanted === "paused" || isDone()) await own.changeFrom(wanted);
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
      // A consumer that leaves waits for its last fetch. Below that time the broker collects: a fetch per record costs more than it.
      maxWaitTimeInMs: settings.fetchWaitMilliseconds,
      minBytes: 65_536,
      retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5, restartOnFailure: async () => false },
    });
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    let hasCrashed = false;
    consumer.on(consumer.events.CRASH, ({ payload }) => {
      hasCrashed = true;
      note("fault", on, payload.error);
      finish();
    });
    const commits = pendingCommits(consumer);
    const session: Session = { on, consumer, commits, finish, underWay: 0 };
    // What was processed last is committed even if no further record comes.
    const flush = setInterval(() => {
      if (commits.isDue()) commits.send().catch((error: unknown) => note("fault", on, error));
    }, COMMIT_EVERY_MILLISECONDS);
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [...settings.topics], fromBeginning: settings.reset === "earliest" });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => processBatch(payload, session),
      });
      leaveOut(consumer);
      note("started", on);
      if (!hasCrashed) await Promise.race([own.changeFrom(on), finished]);
      while (session.underWay > 0) await sleep(2);
      if (!hasCrashed) await commits.send();
    } catch (error) {
      hasCrashed = true;
      note("fault", on, error);
    } finally {
      clearInterval(flush);
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

  const processBatch = async (payload: EachBatchPayload, session: Session): Promise<void> => {
    const { batch } = payload;
    if (settings.leavesOut.includes(placeOf(batch.topic, batch.partition))) return leaveOut(session.consumer);
    session.underWay++;
    try {
      await processSlices(payload, session);
    } finally {
      session.underWay--;
      if (isDone()) session.finish();
    }
  };

  const processSlices = async (
    { batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload,
    { on, commits }: Session,
  ): Promise<void> => {
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
      resolveOffset(last.offset);
      commits.add(batch.topic, batch.partition, BigInt(last.offset) + 1n);
      if (commits.isDue()) await commits.send();
      await heartbeat();
      if (rate !== undefined) await sleep(Math.max(0, (messages.length / rate) * 1000 - (Date.now() - began)));
    }
  };

  const running = run();
  return {
    goTo: own.goTo,
    stop: async () => {
      own.stop();
      await running;
    },
  };
};

/** One stay of the member on one cluster. */
type Session = {
  readonly on: ClusterName;
  readonly consumer: Consumer;
  readonly commits: PendingCommits;
  readonly finish: () => void;
  /** Batches being processed now. */
  underWay: number;
};

const idOf = (m: Batch["messages"][number]): string =>
  contentId({ key: m.key, value: m.value, timestamp: m.timestamp, headers: m.headers ?? {} });

type PendingCommits = {
  readonly add: (topic: string, partition: number, next: bigint) => void;
  readonly isDue: () => boolean;
  /** Tries a few times: a commit given up means that what was processed is handed out again. */
  readonly send: () => Promise<void>;
};

const pendingCommits = (consumer: Consumer): PendingCommits => {
  const pending = new Map<string, { topic: string; partition: number; offset: string }>();
  let lastAt = Date.now();
  let sending: Promise<void> = Promise.resolve();
  const sendPending = async (): Promise<void> => {
    const offsets = [...pending.values()];
    if (offsets.length === 0) return;
    pending.clear();
    for (let attempt = 1; ; attempt++)
      try {
        return await consumer.commitOffsets(offsets);
      } catch (error) {
        if (attempt === COMMIT_ATTEMPTS) throw error;
        await sleep(100);
      }
  };
  return {
    add: (topic, partition, next) => {
      pending.set(placeOf(topic, partition), { topic, partition, offset: String(next) });
    },
    isDue: () => Date.now() - lastAt >= COMMIT_EVERY_MILLISECONDS,
    send: () => {
      lastAt = Date.now();
      // One after the other: a commit that is tried again must not put back a later one.
      sending = sending.catch(() => undefined).then(sendPending);
      return sending;
    },
  };
};
