import { setTimeout as sleep } from "node:timers/promises";
import { listOffsetsV6 } from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { type OffsetOn, offsetOn, type Side } from "#core/kafka/offset.ts";
import {
  type PartitionKey,
  type PartitionMap,
  partitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import type { VisibleRecord } from "#core/kafka/visible-record.ts";
import type { LogReader, PartitionEnds, VisibleSlice } from "#use-cases/ports/cluster.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import type { Connections } from "./connections.ts";
import { code } from "./faults.ts";
import type { FetchedPartition } from "./fetch.ts";
import { Fetches, smallFetchBytes } from "./fetches.ts";
import { byTopic, type Leaders } from "./leaders.ts";
import { completeBatches, fingerprintOf, recordsOf, UnreadableBatch } from "./record-batch.ts";
import { judgeVisibility } from "./visible-records.ts";

const earliest = -2n;
const latest = -1n;
const largeFetchBytes = 4_194_304;
const maxFetchBytes = 134_217_728;
/** So few records mostly fit into a small fetch. */
const fewRecords = 256;

export type LogReaderParts = {
  readonly cluster: ClusterIdentity;
  readonly connections: Connections;
  readonly leaders: Leaders;
  readonly timeoutMilliseconds: number;
};

export function logReader<S extends Side>(parts: LogReaderParts): LogReader<S> {
  const { cluster, connections, leaders, timeoutMilliseconds } = parts;
  const fetches = new Fetches(connections);

  const listOffsets = (
    partitions: readonly TopicPartition[],
    timestamp: bigint,
    isCommittedOnly: boolean,
  ): Promise<ReadonlyMap<PartitionKey, bigint>> =>
    leaders.ask({
      partitions,
      doing: "looking up offsets",
      operation: "Describe",
      ask: async (leader, group) => {
        const answer = await connections.ask(
          leader,
          listOffsetsV6.api,
          -1,
          isCommittedOnly ? 1 : 0,
          [...byTopic(group)].map(([name, indexes]) => ({
            name,
            partitions: indexes.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp })),
          })),
        );
        return answer.topics.flatMap((t) =>
          t.partitions.map((p) => ({
            topic: t.name,
            partition: p.partitionIndex,
            errorCode: p.errorCode,
            value: p.offset,
          })),
        );
      },
    });

  const ends = async (partitions: readonly TopicPartition[]): Promise<PartitionMap<PartitionEnds<S>>> => {
    // A broker answers one connection's requests in order, so each end was read no earlier than the one before it: log start
    // ≤ last stable ≤ high watermark, and "last stable = high watermark" is never seen where it was not so.
    const [starts, stables, highs] = await Promise.all([
      listOffsets(partitions, earliest, false),
      listOffsets(partitions, latest, true),
      listOffsets(partitions, latest, false),
    ]);
    const found = new Map<PartitionKey, PartitionEnds<S>>();
    for (const [key, highWatermark] of highs) {
      const logStart = starts.get(key);
      const lastStable = stables.get(key);
      if (logStart === undefined || lastStable === undefined)
        throw new RetryableFault(`No ends of ${key} from the ${cluster.side} cluster`);
      found.set(key, {
        logStart: offsetOn<S>(logStart),
        lastStable: offsetOn<S>(lastStable),
        highWatermark: offsetOn<S>(highWatermark),
      });
    }
    return found;
  };

  const offsetAtTime = async (partition: TopicPartition, timestamp: bigint): Promise<OffsetOn<S> | undefined> => {
    // Below zero the protocol means "earliest", "latest" and the like; every record is at or after such a time.
    if (timestamp < 0n) {
      const end = (await ends([partition])).get(partitionKey(partition));
      return end && end.logStart < end.lastStable ? end.logStart : undefined;
    }
    const offset = (await listOffsets([partition], timestamp, true)).get(partitionKey(partition));
    return offset === undefined || offset < 0n ? undefined : offsetOn<S>(offset);
  };

  /** One Fetch to the leader of the moment; waits out throttling. Out of range is the caller's to explain. */
  const fetchOnce = async (
    partition: TopicPartition,
    offset: bigint,
    maxBytes: number,
    isCommittedOnly: boolean,
  ): Promise<FetchedPartition> => {
    const answers = await leaders.ask<FetchedPartition>({
      partitions: [partition],
      doing: "reading records",
      operation: "Read",
      ask: async (leader) => {
        const answer = await fetches.ask(leader, { ...partition, offset, maxBytes, isCommittedOnly });
        const given = answer.partitions.get(partitionKey(partition));
        if (given === undefined) {
          if (answer.errorCode === code.none) await sleep(Math.min(answer.throttleMilliseconds, 1000));
          throw new RetryableFault(
            `The ${cluster.side} cluster held back records of ${partitionKey(partition)} (throttled for ${answer.throttleMilliseconds} ms, error ${answer.errorCode})`,
          );
        }
        const isOutside = given.errorCode === code.offsetOutOfRange;
        return [{ ...partition, errorCode: isOutside ? code.none : given.errorCode, value: given }];
      },
    });
    const fetched = answers.get(partitionKey(partition));
    if (!fetched) throw new RetryableFault(`No records of ${partitionKey(partition)} from the ${cluster.side} cluster`);
    return fetched;
  };

  const outOfRange = async (partition: TopicPartition, offset: bigint): Promise<OperatorFault> => {
    const end = (await ends([partition])).get(partitionKey(partition));
    const name = `${partitionKey(partition)} of the ${cluster.side} cluster`;
    return end && offset < end.logStart
      ? new OperatorFault(
          `Offset ${offset} of ${name} is below the log start ${end.logStart}: its records were deleted; decide where to go on from, and keep retention longer than the lag`,
        )
      : new OperatorFault(
          `Offset ${offset} of ${name} is beyond its end ${end?.highWatermark}: the topic was truncated or created again; check it before going on`,
        );
  };

  const read: LogReader<S>["read"] = async ({ partition, from, until, limit, isolation }) => {
    const isCommittedOnly = isolation === "read_committed";
    const records: VisibleRecord<S>[] = [];
    let next: bigint = from;
    const most = until === undefined || until - from > BigInt(limit ?? fewRecords) ? limit : Number(until - from);
    let maxBytes = most !== undefined && most <= fewRecords ? smallFetchBytes : largeFetchBytes;
    let standsStillSince: number | undefined;
    for (;;) {
      const fetched = await fetchOnce(partition, next, maxBytes, isCommittedOnly);
      if (fetched.errorCode === code.offsetOutOfRange) throw await outOfRange(partition, next);
      const visibleEnd = isCommittedOnly ? fetched.lastStable : fetched.highWatermark;
      const stop = until !== undefined && until < visibleEnd ? until : visibleEnd;
      const before = next;
      for (const { batch, isVisible } of judged(partition, fetched, isolation)) {
        if (batch.lastOffset < next) continue;
        if (batch.baseOffset >= stop) {
          // Batches come in order: what lies before this one and was not given is no longer in the log.
          next = stop;
          break;
        }
        if (isVisible)
          for (const r of readable(partition, () => recordsOf(batch))) {
            if (r.offset < next || r.offset >= stop) continue;
            records.push({
              offset: offsetOn<S>(r.offset),
              timestamp: r.timestamp,
              fingerprint: fingerprintOf(r.content),
            });
          }
        next = batch.lastOffset + 1n < stop ? batch.lastOffset + 1n : stop;
        if (next >= stop || (limit !== undefined && records.length >= limit)) break;
      }
      if (next >= stop || (limit !== undefined && records.length >= limit)) return slice(records, next, visibleEnd);
      if (next > before) {
        standsStillSince = undefined;
        maxBytes = Math.min(maxBytes * 4, Math.max(maxBytes, largeFetchBytes));
        continue;
      }
      // No complete batch fitted, or (tiered storage) the records are still being brought in.
      maxBytes = Math.min(maxBytes * 4, maxFetchBytes);
      standsStillSince ??= Date.now();
      if (Date.now() - standsStillSince >= timeoutMilliseconds)
        throw new RetryableFault(
          `${partitionKey(partition)} of the ${cluster.side} cluster gives no record from offset ${next} although its end is ${visibleEnd}`,
        );
      await sleep(20);
    }
  };

  const slice = (records: readonly VisibleRecord<S>[], next: bigint, visibleEnd: bigint): VisibleSlice<S> => ({
    records,
    next: offsetOn<S>(next),
    visibleEnd: offsetOn<S>(visibleEnd),
  });

  const judged = function* (
    partition: TopicPartition,
    fetched: FetchedPartition,
    isolation: "read_committed" | "read_uncommitted",
  ) {
    const batches = judgeVisibility(completeBatches(fetched.bytes), fetched.aborted, isolation);
    for (;;) {
      const step = readable(partition, () => batches.next());
      if (step.done) return;
      yield step.value;
    }
  };

  const readable = <T>(partition: TopicPartition, parse: () => T): T => {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof UnreadableBatch)) throw error;
      throw new OperatorFault(
        `${partitionKey(partition)} of the ${cluster.side} cluster cannot be read: ${error.message}. Look at it with kafka-dump-log, and compare with its other replicas`,
      );
    }
  };

  return { ends, offsetAtTime, read };
}
