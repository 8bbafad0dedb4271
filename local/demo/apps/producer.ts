import { setTimeout as sleep } from "node:timers/promises";
import type { Producer } from "kafkajs";
import { type ClusterName, openJournal, packedIds } from "../checker/journal-lines.ts";
import { kafkaOf } from "./kafka-client.ts";
import { type MadeRecord, recordMaker } from "./make-records.ts";
import type { RunningClient } from "./running-client.ts";
import type { AppsSettings, ProducerSettings } from "./settings.ts";
import { turn } from "./turn.ts";

const LARGEST_SEND = { records: 1000, bytes: 800_000 };
const AGAIN_AFTER_MILLISECONDS = 200;

/**
 * Sends records at a steady rate to where its switch points, one send at a time, so that nothing is in flight once it
 * says paused. No record is ever sent a second time by this code: what ended unclear is noted as unclear and left.
 */
export const startProducer = (apps: AppsSettings, settings: ProducerSettings): RunningClient => {
  const journal = openJournal(apps.journal, settings.name);
  const make = recordMaker(settings);
  const own = turn();
  let backlog = settings.load.backlog;

  const run = async (): Promise<void> => {
    while (!own.isStopped()) {
      const wanted = own.wanted();
      if (wanted === "paused") await own.changeFrom(wanted);
      else await produceTo(wanted);
    }
    journal.close();
  };

  const fault = (on: ClusterName, error: unknown): void =>
    journal.write({ what: "fault", client: settings.name, on, at: Date.now(), error: String(error) });

  const produceTo = async (on: ClusterName): Promise<void> => {
    const producer = kafkaOf(apps, settings, on).producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Retries are kafkajs's own, under one producer id and sequence: the broker drops what it has already.
      retry: { initialRetryTime: 50, maxRetryTime: 1000, retries: 8 },
    });
    try {
      await producer.connect();
    } catch (error) {
      fault(on, error);
      await producer.disconnect();
      await sleep(AGAIN_AFTER_MILLISECONDS);
      return;
    }
    journal.write({ what: "started", client: settings.name, on, at: Date.now() });
    try {
      let due = 1;
      let last = Date.now();
      while (own.wanted() === on && !own.isStopped()) {
        const batch = nextBatch(Math.floor(due) + backlog);
        backlog = Math.max(0, backlog - batch.length);
        if (batch.length > 0) {
          due = Math.max(0, due - batch.length);
          // A new producer with an id of its own: after an error nobody knows which sequence the broker expects.
          if (!(await send(producer, on, batch))) return await sleep(AGAIN_AFTER_MILLISECONDS);
        }
        if (backlog === 0) await sleep(Math.max(1, settings.load.sendEveryMilliseconds - (Date.now() - last)));
        // Behind by more than a second it forgets the rest instead of bursting.
        due += Math.min(1, (Date.now() - last) / 1000) * settings.load.recordsPerSecond;
        last = Date.now();
      }
    } finally {
      await producer.disconnect();
      journal.write({ what: "paused", client: settings.name, on, at: Date.now() });
    }
  };

  const nextBatch = (count: number): MadeRecord[] => {
    const batch: MadeRecord[] = [];
    let bytes = 0;
    while (batch.length < count && batch.length < LARGEST_SEND.records && bytes < LARGEST_SEND.bytes)
      for (const record of make()) {
        batch.push(record);
        bytes += record.message.value?.length ?? 0;
      }
    return batch;
  };

  /** false: no acknowledgement. */
  const send = async (producer: Producer, on: ClusterName, batch: readonly MadeRecord[]): Promise<boolean> => {
    const common = { client: settings.name, topic: settings.topic, on };
    try {
      const answers = await producer.send({
        topic: settings.topic,
        acks: -1,
        messages: batch.map((record) => record.message),
      });
      const at = Date.now();
      const first = new Map(answers.map((answer) => [answer.partition, answer.baseOffset]));
      for (const [partition, ids] of byPartition(batch)) {
        const offset = first.get(partition);
        const packed = packedIds(ids);
        if (offset === undefined)
          journal.write({ what: "unclear", ...common, at, ids: packed, error: `no answer for partition ${partition}` });
        else journal.write({ what: "acknowledged", ...common, partition, at, first: offset, ids: packed });
      }
      return true;
    } catch (error) {
      const ids = packedIds(batch.map((record) => record.id));
      journal.write({ what: "unclear", ...common, at: Date.now(), ids, error: String(error) });
      return false;
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

const byPartition = (batch: readonly MadeRecord[]): Map<number, string[]> => {
  const ids = new Map<number, string[]>();
  for (const { message, id } of batch) {
    const list = ids.get(message.partition);
    if (list === undefined) ids.set(message.partition, [id]);
    else list.push(id);
  }
  return ids;
};
