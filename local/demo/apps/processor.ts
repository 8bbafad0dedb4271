import { setTimeout as sleep } from "node:timers/promises";
import type { EachBatchPayload, Kafka, KafkaMessage, Message, Producer, TopicMessages, Transaction } from "kafkajs";
import { contentId } from "../checker/content-id.ts";
import { placeOf } from "../checker/expected-records.ts";
import { type ClusterName, type JournalLine, openJournal, packedIds } from "../checker/journal-lines.ts";
import { kafkaOf } from "./kafka-client.ts";
import type { RunningClient } from "./running-client.ts";
import type { AppsSettings, ProcessorSettings } from "./settings.ts";
import { turn } from "./turn.ts";

const SLICE_RECORDS = 100;
const AGAIN_AFTER_MILLISECONDS = 200;
/** The coordinator still ends the last transaction when the next one begins. */
const CONCURRENT = { milliseconds: 20, attempts: 250 };

/**
 * Reads a topic and writes another, exactly once: what it writes and how far it has read are one transaction. A record
 * without a value cannot be processed and goes to the dead letters. When told to pause it ends the transaction it is in.
 */
export const startProcessor = (apps: AppsSettings, settings: ProcessorSettings): RunningClient => {
  const journal = openJournal(apps.journal, settings.name);
  const own = turn();
  /** A transaction of which nobody knows whether it was committed: the group's own offset tells, once it is over. */
  let doubt: Doubt | undefined;
  const mayGoOn = (on: ClusterName): boolean => own.wanted() === on && !own.isStopped();

  const note = (what: "started" | "paused" | "fault", on: ClusterName, error?: unknown): void =>
    journal.write({
      what,
      client: settings.name,
      on,
      at: Date.now(),
      ...(error === undefined ? {} : { error: String(error) }),
    });

  const run = async (): Promise<void> => {
    while (!own.isStopped()) {
      const wanted = own.wanted();
      if (doubt !== undefined) await settle(doubt);
      else if (wanted === "paused") await own.changeFrom(wanted);
      else await processOn(wanted);
    }
    journal.close();
  };

  const processOn = async (on: ClusterName): Promise<void> => {
    const kafka = kafkaOf(apps, settings, on);
    const producer = producerOf(kafka);
    const consumer = kafka.consumer({
      groupId: settings.group,
      sessionTimeout: 30_000,
      rebalanceTimeout: 30_000,
      heartbeatInterval: 1_000,
      // A transaction costs the brokers more than its records: few of them, with what has come together meanwhile.
      maxWaitTimeInMs: 200,
      minBytes: 1_000_000,
      retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 5, restartOnFailure: async () => false },
    });
    let finish: () => void = () => undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const session: Session = { on, producer, hasFailed: false, underWay: 0 };
    const fail = (error: unknown): void => {
      session.hasFailed = true;
      note("fault", on, error);
      finish();
    };
    consumer.on(consumer.events.CRASH, ({ payload }) => fail(payload.error));
    try {
      await producer.connect();
      await takeTransactionalId(producer);
      await consumer.connect();
      await consumer.subscribe({ topics: [settings.reads], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: async (payload) => {
          if (session.hasFailed) return;
          session.underWay++;
          try {
            await processSlices(payload, session);
          } catch (error) {
            // Thrown on, kafkajs would hand the same records out again beside a transaction that may not be over.
            fail(error);
          } finally {
            session.underWay--;
          }
        },
      });
      note("started", on);
      if (!session.hasFailed) await Promise.race([own.changeFrom(on), finished]);
      while (session.underWay > 0) await sleep(2);
    } catch (error) {
      fail(error);
    }
    await consumer.disconnect();
    await producer.disconnect();
    if (doubt !== undefined) await settle(doubt);
    note("paused", on);
    if (session.hasFailed) await sleep(AGAIN_AFTER_MILLISECONDS);
  };

  /** The coordinator ends the transaction, one way or the other; then the group's offset says which. */
  const settle = async ({ on, topic, partition, next, lines }: Doubt): Promise<void> => {
    const kafka = kafkaOf(apps, settings, on);
    const [producer, admin] = [producerOf(kafka), kafka.admin()];
    try {
      await producer.connect();
      await takeTransactionalId(producer);
      await admin.connect();
      const [found] = await admin.fetchOffsets({ groupId: settings.group, topics: [topic] });
      const committed = found?.partitions.find((one) => one.partition === partition)?.offset ?? "-1";
      if (BigInt(committed) >= next) for (const line of lines) journal.write(line);
      doubt = undefined;
    } catch (error) {
      note("fault", on, error);
      await sleep(AGAIN_AFTER_MILLISECONDS);
    } finally {
      await Promise.all([producer.disconnect(), admin.disconnect()]);
    }
  };

  const producerOf = (kafka: Kafka): Producer =>
    kafka.producer({
      transactionalId: settings.transactionalId,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      transactionTimeout: 10_000,
      retry: { initialRetryTime: 50, maxRetryTime: 500, retries: 8 },
    });

  const processSlices = async (
    { batch, resolveOffset, heartbeat, isRunning, isStale }: EachBatchPayload,
    session: Session,
  ): Promise<void> => {
    const { on } = session;
    for (let at = 0; at < batch.messages.length && mayGoOn(on) && isRunning() && !isStale(); at += SLICE_RECORDS) {
      const messages = batch.messages.slice(at, at + SLICE_RECORDS);
      const last = messages.at(-1);
      if (last === undefined) return;
      await processOnce(batch.topic, batch.partition, messages, session);
      resolveOffset(last.offset);
      await heartbeat();
    }
  };

  const processOnce = async (
    topic: string,
    partition: number,
    messages: readonly KafkaMessage[],
    { on, producer }: Session,
  ): Promise<void> => {
    const began = Date.now();
    const [first, last] = [messages[0]?.offset ?? "", messages.at(-1)?.offset ?? ""];
    const outputs = outputsOf(settings, partition, messages);
    const next = BigInt(last) + 1n;
    const transaction = await producer.transaction();
    let written: JournalLine[];
    try {
      await addOffsets(transaction, settings.group, topic, partition, next);
      const answers = await transaction.sendBatch({ acks: -1, topicMessages: outputs });
      written = answers.map(({ topicName, partition: to, baseOffset }) => {
        const sent = outputs.find((one) => one.topic === topicName)?.messages ?? [];
        if (baseOffset === undefined) throw new Error(`no offset for ${placeOf(topicName, to)}`);
        return {
          what: "acknowledged",
          client: settings.name,
          topic: topicName,
          partition: to,
          on,
          at: Date.now(),
          first: baseOffset,
          ids: packedIds(sent.map(idOfSent)),
        };
      });
    } catch (error) {
      await transaction.abort();
      throw error;
    }
    const processed: JournalLine = {
      what: "processed",
      client: settings.name,
      group: settings.group,
      topic,
      partition,
      on,
      at: began,
      offsets: [first, last],
      ids: packedIds(messages.map(idOf)),
    };
    const lines = [...written, processed];
    doubt = { on, topic, partition, next, lines };
    await transaction.commit();
    doubt = undefined;
    for (const line of lines) journal.write(line);
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

/** Ends whatever transaction the id had, before the group's offsets are read: they count it or they do not. */
const takeTransactionalId = async (producer: Producer): Promise<void> => {
  await (await producer.transaction()).abort();
};

type Doubt = {
  readonly on: ClusterName;
  readonly topic: string;
  readonly partition: number;
  readonly next: bigint;
  readonly lines: readonly JournalLine[];
};

/** One stay on one cluster. */
type Session = {
  readonly on: ClusterName;
  readonly producer: Producer;
  hasFailed: boolean;
  /** Batches being processed now. */
  underWay: number;
};

/** First of all in a transaction: only this is refused while the last one is being ended, and kafkajs does not try it again. */
const addOffsets = async (
  transaction: Transaction,
  consumerGroupId: string,
  topic: string,
  partition: number,
  next: bigint,
): Promise<void> => {
  const topics = [{ topic, partitions: [{ partition, offset: String(next) }] }];
  for (let attempt = 1; ; attempt++)
    try {
      return await transaction.sendOffsets({ consumerGroupId, topics });
    } catch (error) {
      const isConcurrent = error instanceof Error && Reflect.get(error, "type") === "CONCURRENT_TRANSACTIONS";
      if (!isConcurrent || attempt === CONCURRENT.attempts) throw error;
      await sleep(CONCURRENT.milliseconds);
    }
};

type Sent = Message & { readonly key: Buffer | null; readonly value: Buffer | null; readonly timestamp: string };

/** A record each, of the same key; in the partition of that number, so that their order is the order of what was read. */
const outputsOf = (
  { writes, deadLetters, partitions }: ProcessorSettings,
  partition: number,
  messages: readonly KafkaMessage[],
): (TopicMessages & { messages: Sent[] })[] => {
  const timestamp = String(Date.now());
  const to = partition % partitions;
  const written: Sent[] = [];
  const dead: Sent[] = [];
  for (const message of messages) {
    const of = Buffer.from(idOf(message));
    const { key, value } = message;
    const common = { key, timestamp, partition: to };
    if (value === null) dead.push({ ...common, value, headers: { of, reason: "no value" } });
    else written.push({ ...common, value: Buffer.from(JSON.stringify({ bytes: value.length })), headers: { of } });
  }
  return [
    { topic: writes, messages: written },
    { topic: deadLetters, messages: dead },
  ].filter((one) => one.messages.length > 0);
};

const idOf = ({ key, value, timestamp, headers }: KafkaMessage): string =>
  contentId({ key, value, timestamp, headers: headers ?? {} });

const idOfSent = ({ key, value, timestamp, headers }: Message): string =>
  contentId({
    key: key as Buffer | null,
    value: value as Buffer | null,
    timestamp: timestamp ?? "",
    headers: headers ?? {},
  });
