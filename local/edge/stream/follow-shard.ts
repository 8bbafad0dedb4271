import { setTimeout as sleep } from "node:timers/promises";
import {
  type _Record,
  type DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from "@aws-sdk/client-dynamodb-streams";
import type { FunctionEntry } from "#functions/manifest.ts";
import { logLine, messageOf } from "../../host/log-line.ts";
import type { InvokeFunction } from "../invoke-function.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { lambdaRecord } from "./lambda-record.ts";
import { processedCount } from "./processed-count.ts";

const BATCH = 100;
const POLL_MILLIS = 150;
const LONGEST_BACKOFF_MILLIS = 10_000;

export type Following = {
  readonly entry: FunctionEntry;
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
      if (!(await deliver(f, streamArn, shardId, records))) return;
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

/** false: ended before the whole batch was dealt with. */
async function deliver(f: Following, streamArn: string, shardId: string, batch: readonly _Record[]): Promise<boolean> {
  let rest = batch;
  for (let failures = 0; rest.length > 0; ) {
    if (f.ended.aborted) return false;
    const numbers = rest.map((record) => record.dynamodb?.SequenceNumber ?? "");
    const invoked = await f.invoke(f.entry, { Records: rest.map((r) => lambdaRecord(r, streamArn, f.region)) });
    const processed = processedCount(invoked, numbers);
    if (processed > 0) {
      await f.checkpoint.keep(streamArn, shardId, { after: numbers[processed - 1], isDone: false });
      rest = rest.slice(processed);
      failures = 0;
    }
    if (rest.length === 0) return true;
    const reason = invoked.kind === "error" ? invoked.error.errorType : `${rest.length} records are not dealt with`;
    logLine({ event: "stream-batch-failed", function: f.entry.name, requestId: invoked.requestId, failures, reason });
    await pause(backoff(failures++), f.ended);
  }
  return true;
}

const backoff = (failures: number): number => Math.min(LONGEST_BACKOFF_MILLIS, 200 * 2 ** failures);

const pause = (millis: number, ended: AbortSignal): Promise<void> =>
  sleep(millis, undefined, { signal: ended }).catch((error: unknown) => {
    if (!ended.aborted) throw error;
  });
