import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBStreamsClient } from "@aws-sdk/client-dynamodb-streams";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { z } from "zod";
import type { FunctionEntry } from "#functions/manifest.ts";
import type { InvokeFunction } from "#local/edge/invoke-function.ts";
import { type StreamPoller, startStreamPoller } from "#local/edge/stream/poller.ts";
import { listenOnLoopback } from "#local/host/listen.ts";
import { readBody } from "#local/host/read-body.ts";
import { freePort } from "#local/setup/free-port.ts";

/** A closed shard, its child, and a way to make iterators expire: what DynamoDB Local does only after hours. */
const parent = { id: "shardId-parent", records: ["1", "2", "3"], isClosed: true, parentId: undefined };
const child = { id: "shardId-child", records: ["4", "5"], isClosed: false, parentId: "shardId-parent" };
const shards = [child, parent];

let port: number;
let expireNext: number;
let modified: string | undefined;
let ageMilliseconds: number;
let iteratorsAsked: string[];
let directory: string;
const server = createServer((request, response) => {
  void readBody(request, 1e6).then((body) => {
    const operation = String(request.headers["x-amz-target"]).split(".")[1] ?? "";
    const { status, answer } = answerTo(operation, JSON.parse(body.toString()));
    response.writeHead(status, { "content-type": "application/x-amz-json-1.0" }).end(JSON.stringify(answer));
  });
});

const asked = z.object({
  ShardId: z.string().default(""),
  ShardIteratorType: z.string().default(""),
  SequenceNumber: z.string().default(""),
  ShardIterator: z.string().default(""),
  ExclusiveStartShardId: z.string().optional(),
});

function answerTo(operation: string, raw: unknown): { status: number; answer: unknown } {
  const input = asked.parse(raw);
  const ok = (answer: unknown) => ({ status: 200, answer });
  if (operation === "DescribeTable") return ok({ Table: { TableName: "t", LatestStreamArn: "arn:stream" } });
  if (operation === "DescribeStream") {
    // Two pages, the child first.
    const isSecond = input.ExclusiveStartShardId !== undefined;
    const page = shards.slice(isSecond ? 1 : 0, isSecond ? 2 : 1);
    const Shards = page.map((s) => ({
      ShardId: s.id,
      ...(s.parentId === undefined ? {} : { ParentShardId: s.parentId }),
    }));
    return ok({
      StreamDescription: { StreamArn: "arn:stream", Shards, ...(isSecond ? {} : { LastEvaluatedShardId: child.id }) },
    });
  }
  if (operation === "GetShardIterator") {
    const after = input.SequenceNumber;
    iteratorsAsked.push(`${input.ShardId} ${input.ShardIteratorType} ${after}`.trim());
    const records = shards.find((s) => s.id === input.ShardId)?.records ?? [];
    return ok({ ShardIterator: `${input.ShardId}/${records.indexOf(after) + 1}` });
  }
  const [id = "", from = "0"] = input.ShardIterator.split("/");
  if (expireNext-- > 0) return { status: 400, answer: { __type: "ExpiredIteratorException", message: "expired" } };
  const shard = shards.find((s) => s.id === id);
  const page = shard?.records.slice(Number(from), Number(from) + 2) ?? [];
  const next = Number(from) + page.length;
  const isOver = shard?.isClosed === true && next >= shard.records.length;
  return ok({
    Records: page.map((n) => ({
      eventID: n,
      eventName: n === modified ? "MODIFY" : "INSERT",
      dynamodb: { SequenceNumber: n, ApproximateCreationDateTime: (Date.now() - ageMilliseconds) / 1000 },
    })),
    ...(isOver ? {} : { NextShardIterator: `${id}/${next}` }),
  });
}

beforeEach(async () => {
  port = await freePort();
  expireNext = 0;
  modified = undefined;
  ageMilliseconds = 0;
  iteratorsAsked = [];
  directory = await mkdtemp(join(tmpdir(), "poller-"));
  await listenOnLoopback(server, port);
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await rm(directory, { recursive: true });
});

const records = { filter: { eventName: ["INSERT"] }, oldestSeconds: 3600 };
const entry: FunctionEntry = {
  name: "f",
  file: "f.ts",
  timeoutSeconds: 1,
  invokedBy: { kind: "table-stream", records },
};
const batch = z.object({ Records: z.array(z.object({ eventID: z.string() })) });

const poll = (onBatch: (ids: string[]) => "ok" | "fail"): Promise<StreamPoller> => {
  const invoke: InvokeFunction = async (_, event) => {
    const outcome = onBatch(batch.parse(event).Records.map((record) => record.eventID));
    if (outcome === "ok") return { requestId: "r", kind: "result", value: null };
    return { requestId: "r", kind: "error", error: { errorType: "Error", errorMessage: "no" } };
  };
  const client = {
    endpoint: `http://127.0.0.1:${port}`,
    region: "eu-west-1",
    credentials: { accessKeyId: "a", secretAccessKey: "s" },
  };
  return startStreamPoller({
    entry,
    records,
    streams: new DynamoDBStreamsClient(client),
    dynamodb: new DynamoDBClient(client),
    invoke,
    region: "eu-west-1",
    table: "t",
    stateDirectory: directory,
  });
};
const whenSeen = async (seen: readonly string[], count: number): Promise<void> => {
  for (const begun = Date.now(); seen.length < count; ) {
    if (Date.now() - begun > 8000) throw new Error(`saw only ${seen.join(" ")}`);
    await sleep(20);
  }
};

test("a child shard is read after its parent, and each record once, although iterators expire", async () => {
  expireNext = 1;
  const seen: string[] = [];
  const poller = await poll((ids) => {
    seen.push(...ids);
    return "ok";
  });
  await whenSeen(seen, 5);
  await poller.end();
  expect(seen).toEqual(["1", "2", "3", "4", "5"]);
});

test("a failed batch comes again before anything after it; a new poller goes on from the checkpoint", async () => {
  const batches: string[] = [];
  const poller = await poll((ids) => {
    batches.push(ids.join(","));
    return batches.length === 1 ? "fail" : "ok";
  });
  await whenSeen(batches, 5);
  await poller.end();
  // In halves: one record that fails must not take another with it.
  expect(batches).toEqual(["1,2", "1", "2", "3", "4,5"]);

  iteratorsAsked = [];
  const again: string[] = [];
  const next = await poll((ids) => {
    again.push(...ids);
    return "ok";
  });
  await sleep(300);
  await next.end();
  expect(again).toEqual([]);
  expect(iteratorsAsked).toEqual(["shardId-child AFTER_SEQUENCE_NUMBER 5"]);
});

test("records that the function does not ask for invoke nothing, and are passed in the checkpoint", async () => {
  modified = "5";
  const seen: string[] = [];
  const poller = await poll((ids) => {
    seen.push(...ids);
    return "ok";
  });
  await whenSeen(seen, 4);
  await sleep(300);
  await poller.end();
  expect(seen).toEqual(["1", "2", "3", "4"]);
  iteratorsAsked = [];
  await (await poll(() => "ok")).end();
  const next = await poll(() => "ok");
  await sleep(300);
  await next.end();
  expect(iteratorsAsked.at(-1)).toBe("shardId-child AFTER_SEQUENCE_NUMBER 5");
});

test("one record that always fails is tried until it is too old, then given up with where it stands", async () => {
  ageMilliseconds = records.oldestSeconds * 1000 - 1_000;
  const realNow = Date.now;
  const seen: string[] = [];
  let failures = 0;
  const poller = await poll((ids) => {
    if (!ids.includes("2")) {
      seen.push(...ids);
      return "ok";
    }
    // By the clock, not by waiting.
    if (++failures === 3) vi.spyOn(Date, "now").mockImplementation(() => realNow() + 2_000);
    return "fail";
  });
  await whenSeen(seen, 4);
  await poller.end();
  vi.restoreAllMocks();
  expect(seen).toEqual(["1", "3", "4", "5"]);
  expect(failures).toBeGreaterThanOrEqual(3);
  const [line, ...others] = (await readFile(join(directory, "failed-f.jsonl"), "utf8")).trim().split("\n");
  expect(others).toEqual([]);
  expect(JSON.parse(line ?? "")).toMatchObject({ shardId: "shardId-parent", sequenceNumber: "2", reason: "Error" });
});
