import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DescribeStreamCommand, type Shard } from "@aws-sdk/client-dynamodb-streams";
import { logLine, messageOf } from "../../host/log-line.ts";
import { Checkpoint } from "./checkpoint.ts";
import { type Following, followShard } from "./follow-shard.ts";

const DISCOVERY_MILLIS = 1000;

export type StreamPoller = { end(): Promise<void> };

/**
 * What Lambda's event source mapping does for one function: follows the stream of the table, which may come into being
 * later, shard by shard (a child after its parent), from the checkpoint in the state directory or else from the beginning.
 */
export async function startStreamPoller(
  o: Omit<Following, "checkpoint" | "ended"> & {
    readonly dynamodb: DynamoDBClient;
    readonly table: string;
  },
): Promise<StreamPoller> {
  const checkpoint = await Checkpoint.open(join(o.stateDirectory, `stream-${o.entry.name}.json`));
  const ended = new AbortController();
  const following: Following = { ...o, checkpoint, ended: ended.signal };
  const followed = new Map<string, Promise<void>>();

  const discover = async (): Promise<void> => {
    const streamArn = await streamOf(o.dynamodb, o.table);
    if (streamArn === undefined) return;
    await checkpoint.beginStream(streamArn);
    const shards = await shardsOf(o.streams, streamArn);
    const listed = new Set(shards.flatMap((shard) => shard.ShardId ?? []));
    await checkpoint.forgetAllBut(listed);
    for (const { ShardId: id, ParentShardId: parent } of shards) {
      if (id === undefined || followed.has(id) || checkpoint.positionOf(id).isDone) continue;
      // Records of one item cross from a shard to its child: reading both at once would turn them around.
      if (parent !== undefined && listed.has(parent) && !checkpoint.positionOf(parent).isDone) continue;
      followed.set(
        id,
        followShard(following, streamArn, id).finally(() => followed.delete(id)),
      );
    }
  };

  const run = async (): Promise<void> => {
    let lastReason = "";
    while (!ended.signal.aborted) {
      try {
        await discover();
        lastReason = "";
      } catch (thrown) {
        const reason = messageOf(thrown);
        if (reason !== lastReason) logLine({ event: "stream-not-found", function: o.entry.name, reason });
        lastReason = reason;
      }
      await sleep(DISCOVERY_MILLIS, undefined, { signal: ended.signal }).catch((error: unknown) => {
        if (!ended.signal.aborted) throw error;
      });
    }
    await Promise.all(followed.values());
  };
  const running = run();
  return {
    async end() {
      ended.abort();
      await running;
    },
  };
}

async function streamOf(dynamodb: DynamoDBClient, table: string): Promise<string | undefined> {
  try {
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: table }));
    return Table?.LatestStreamArn;
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return undefined;
    throw error;
  }
}

async function shardsOf(streams: Following["streams"], streamArn: string): Promise<readonly Shard[]> {
  const shards: Shard[] = [];
  let last: string | undefined;
  do {
    const { StreamDescription: page } = await streams.send(
      new DescribeStreamCommand({
        StreamArn: streamArn,
        ...(last === undefined ? {} : { ExclusiveStartShardId: last }),
      }),
    );
    shards.push(...(page?.Shards ?? []));
    last = page?.LastEvaluatedShardId;
  } while (last !== undefined);
  return shards;
}
