import { type API, createAPI, fetchV12, type Reader } from "@platformatic/kafka";
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

/** `partition` is undefined when the broker throttled this client: it answers at once, with nothing. */
export type FetchAnswer = {
  readonly errorCode: number;
  readonly throttleMilliseconds: number;
  readonly partition: FetchedPartition | undefined;
};

/** One partition of one topic at `offset`, no waiting, no fetch session. */
export type FetchQuestion = {
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly maxBytes: number;
  readonly isCommittedOnly: boolean;
};

const createRequest = (q: FetchQuestion) =>
  fetchV12.createRequest(
    0,
    1,
    q.maxBytes,
    q.isCommittedOnly ? 1 : 0,
    0,
    -1,
    [
      {
        // Version 12 names topics; the library's field keeps the later versions' name.
        topicId: q.topic,
        partitions: [
          {
            partition: q.partition,
            currentLeaderEpoch: -1,
            fetchOffset: q.offset,
            lastFetchedEpoch: -1,
            partitionMaxBytes: q.maxBytes,
          },
        ],
      },
    ],
    [],
    "",
  );

/** The library's own parser checks no CRC and forgets which batches were aborted; the bytes are taken as they are. */
function parseResponse(_correlationId: number, _apiKey: number, _apiVersion: number, reader: Reader): FetchAnswer {
  const throttleMilliseconds = reader.readInt32();
  const errorCode = reader.readInt16();
  reader.readInt32();
  const partitions = reader
    .readArray((topic) => {
      topic.readString();
      return topic.readArray(readPartition);
    })
    .flat();
  reader.readTaggedFields();
  return { errorCode, throttleMilliseconds, partition: partitions[0] };
}

function readPartition(reader: Reader): FetchedPartition {
  reader.readInt32();
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
export const fetchBytes: API<[FetchQuestion], FetchAnswer> = createAPI(1, 12, createRequest, parseResponse);
