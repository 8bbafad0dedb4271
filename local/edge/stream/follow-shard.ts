import { setTimeout as sleep } from "node:timers/promises";
import {
  type _Record,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { FunctionEntry, StreamRecords } from "#functions/manifest.ts";
import { logLine, messageOf } from "../../host/log-line.ts";
import type { InvokeFunction } from "../invoke-function.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { giveUp } from "./given-up.ts";
import { lambdaRecord } from "./lambda-record.ts";
import { matches } from "./matches.ts";
import { processedCount } from "./processed-count.ts";

const BATCH = 100;
const POLL_MILLIS = 300;
const LONGEST_BACKOFF_MILLIS = 10_000;

export type Following = {
  readonly entry: FunctionEntry;
  readonly records: StreamRecords;
  readonly stateDirectory: string;
  readonly streams: DynamoDBStreamsClient;
  readonly invoke: InvokeFunction;
  readonly checkpoint: Checkpoint;
  readonly region: string;
  readonly ended: AbortSignal;
};

/** Hands the records of one shard to the function, in order, until the shard is closed and read, or `ended`. */
export async function followShard(f: Following, streamArn: string, shardId: string): Promise<void> {
  let iterator: string | undefined;
  let failures = 0;
  while (!f.ended.aborted) {
    try {
      iterator ??= await iteratorAtCheckpoint(f, streamArn, shardId);
      const page = await f.streams.send(new GetRecordsCommand({ ShardIterator: iterator, Limit: BATCH }));
      const records = page.Records ?? [];
      const wanted = records.filter((record) => matches(record, f.records.filter));
      if (!(await deliver(f, streamArn, shardId, wanted))) return;
      const last = records.at(-1)?.dynamodb?.SequenceNumber;
      if (last !== undefined && records.at(-1) !== wanted.at(-1))
        await f.checkpoint.keep(streamArn, shardId, { after: last, isDone: false });
      failures = 0;
      if (page.NextShardIterator === undefined) {
        await f.checkpoint.keep(streamArn, shardId, { ...f.checkpoint.positionOf(shardId), isDone: true });
        return;
      }
      iterator = page.NextShardIterator;
      if (records.length === 0) await pause(POLL_MILLIS, f.ended);
    } catch (thrown) {
      const name = thrown instanceof Error ? thrown.name : "";
      iterator = undefined;
      if (name === "ExpiredIteratorException") continue;
      logLine({ event: "stream-read-failed", function: f.entry.name, shardId, reason: `${name} ${messageOf(thrown)}` });
      // The stream is gone; the poller looks for the table's next one.
      if (name === "ResourceNotFoundException") return;
      // What lay between is lost to the stream; the journal itself still holds it.
      if (name === "TrimmedDataAccessException") await f.checkpoint.keep(streamArn, shardId, { isDone: false });
      await pause(backoff(failures++), f.ended);
    }
  }
}

async function iteratorAtCheckpoint(f: Following, streamArn: string, shardId: string): Promise<string> {
  const { after } = f.checkpoint.positionOf(shardId);
  const { ShardIterator } = await f.streams.send(
    new GetShardIteratorCommand({
      StreamArn: streamArn,
      ShardId: shardId,
      ...(after === undefined
        ? { ShardIteratorType: "TRIM_HORIZON" }
        : { ShardIteratorType: "AFTER_SEQUENCE_NUMBER", SequenceNumber: after }),
    }),
  );
  if (ShardIterator === undefined) throw new Error(`no iterator for shard ${shardId}`);
  return ShardIterator;
}

/**
 * false: ended before the whole batch was dealt with. As Lambda is told to: half of it at a time after a fault, so that one
 * record takes no other with it, and what is too old is given up.
 */
async function deliver(f: Following, streamArn: string, shardId: string, batch: readonly _Record[]): Promise<boolean> {
  let rest = batch;
  let size = batch.length;
  for (let failures = 0; rest.length > 0; ) {
    if (f.ended.aborted) return false;
    const part = rest.slice(0, size);
    const numbers = part.map((record) => record.dynamodb?.SequenceNumber ?? "");
    const invoked = await f.invoke(f.entry, { Records: part.map((r) => lambdaRecord(r, streamArn, f.region)) });
    const processed = processedCount(invoked, numbers);
    const failed = part[processed];
    let dealtWith = processed;
    if (failed !== undefined) {
      const reason = invoked.kind === "error" ? invoked.error.errorType : `${rest.length} records are not dealt with`;
      logLine({ event: "stream-batch-failed", function: f.entry.name, requestId: invoked.requestId, failures, reason });
      const mayBeAnother = invoked.kind === "error" && part.length > 1;
      if (mayBeAnother) size = Math.ceil(part.length / 2);
      else if (ageOf(failed) > f.records.oldestSeconds * 1000) {
        await giveUp(f, failed, { shardId, reason });
        dealtWith += 1;
      }
    }
    if (dealtWith > 0) {
      await f.checkpoint.keep(streamArn, shardId, { after: numbers[dealtWith - 1], isDone: false });
      rest = rest.slice(dealtWith);
      size = rest.length;
      failures = 0;
    }
    if (failed !== undefined && dealtWith === processed) await pause(backoff(failures++), f.ended);
  }
  return true;
}

const ageOf = (record: _Record): number =>
  Date.now() - (record.dynamodb?.ApproximateCreationDateTime?.getTime() ?? Date.now());

const backoff = (failures: number): number => Math.min(LONGEST_BACKOFF_MILLIS, 200 * 2 ** failures);

const pause = (millis: number, ended: AbortSignal): Promise<void> =>
  sleep(millis, undefined, { signal: ended }).catch((error: unknown) => {
    if (!ended.aborted) throw error;
  });
