import { type API, createAPI, fetchV12, type Reader } from "@platformatic/kafka";
import { type PartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import type { AbortedTransaction } from "./visible-records.ts";

export type FetchedPartition = {
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly lastStable: bigint;
  readonly logStart: bigint;
  readonly aborted: readonly AbortedTransaction[];
  /** Batches as the broker sent them; the last may be cut short. */
  readonly bytes: Buffer;
};

/** A partition is absent when the broker throttled this client: it answers at once, with nothing. */
export type FetchAnswer = {
  readonly errorCode: number;
  readonly throttleMilliseconds: number;
  readonly partitions: ReadonlyMap<PartitionKey, FetchedPartition>;
};

/** One partition at `offset`, no waiting, no fetch session. */
export type FetchQuestion = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly maxBytes: number;
  readonly isCommittedOnly: boolean;
};

/** Each partition at most once, and all of one isolation: a broker takes the last of two, and one isolation for all. */
const createRequest = (questions: readonly FetchQuestion[]) =>
  fetchV12.createRequest(
    0,
    1,
    questions.reduce((sum, { maxBytes }) => sum + maxBytes, 0),
    questions[0]?.isCommittedOnly === true ? 1 : 0,
    0,
    -1,
    [...Map.groupBy(questions, ({ topic }) => topic)].map(([topic, ofTopic]) => ({
      // Version 12 names topics; the library's field keeps the later versions' name.
      topicId: topic,
      partitions: ofTopic.map((q) => ({
        partition: q.partition,
        currentLeaderEpoch: -1,
        fetchOffset: q.offset,
        lastFetchedEpoch: -1,
        partitionMaxBytes: q.maxBytes,
      })),
    })),
    [],
    "",
  );

/** The library's own parser checks no CRC and forgets which batches were aborted; the bytes are taken as they are. */
function parseResponse(_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader): FetchAnswer {
  const throttleMilliseconds = reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt32();
  const partitions = reader
    .readArray((of) => {
      const topic = of.readString();
      return of.readArray((one) => [partitionKey({ topic, partition: one.readInt32() }), readPartition(one)] as const);
    })
    .flat();
  reader.readTaggedFields();
  return { errorCode, throttleMilliseconds, partitions: new Map(partitions) };
}

function readPartition(reader: Reader): FetchedPartition {
  const errorCode = reader.readInt16();
  const highWatermark = reader.readInt64();
  const lastStable = reader.readInt64();
  const logStart = reader.readInt64();
  const aborted = reader.readNullableArray((r) => ({ producerId: r.readInt64(), firstOffset: r.readInt64() })) ?? [];
  reader.readInt32();
  // A compact length is one more than the number of bytes; 0 is null.
  const length = Math.max(0, reader.readUnsignedVarInt() - 1);
  const bytes = reader.buffer.slice(reader.position, reader.position + length);
  reader.skip(length);
  return { errorCode, highWatermark, lastStable, logStart, aborted, bytes };
}

/** Fetch version 12 (Kafka 2.7 and later): topics by name, records as bytes. */
export const fetchBytes: API<[readonly FetchQuestion[]], FetchAnswer> = createAPI(1, 12, createRequest, parseResponse);
