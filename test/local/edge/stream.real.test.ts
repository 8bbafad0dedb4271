import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Child } from "#local/processes/child.ts";
import { type TestHome, testHome, until } from "../fixtures/start-edge.ts";

let home: TestHome;
let edge: Child;
let dynamodb: DynamoDBClient;

beforeAll(async () => {
  home = await testHome();
  await home.startHost();
  edge = await home.startEdge();
  // Not through the edge, since it is away at times.
  dynamodb = new DynamoDBClient({ ...home.client, endpoint: home.dynamodb.url });
});
afterAll(async () => {
  await home?.end();
});

const createTable = () =>
  dynamodb.send(
    new CreateTableCommand({
      TableName: home.table,
      BillingMode: "PAY_PER_REQUEST",
      KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
      AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
    }),
  );

/** Two items in turn, so that order across items shows too. */
const put = async (from: number, to: number): Promise<void> => {
  for (let n = from; n < to; n++) {
    const Item = { pk: { S: `item-${n % 2}` }, n: { N: String(n) }, bytes: { B: new Uint8Array([n % 256, 255]) } };
    await dynamodb.send(new PutItemCommand({ TableName: home.table, Item }));
  }
};

const numbers = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => String(from + i));
const received = (count: number) =>
  until(
    () => home.lines("stream"),
    (lines) => lines.length >= count,
    30,
  );

test("records of a table made after the edge reach the function in order, in Lambda's shape", async () => {
  await createTable();
  await put(0, 30);
  expect(await received(30)).toEqual(numbers(0, 30));
  const [first] = await home.lines("first-record");
  expect(JSON.parse(first ?? "{}")).toMatchObject({
    eventID: expect.stringMatching(/.+/),
    eventName: "INSERT",
    eventSource: "aws:dynamodb",
    eventSourceARN: expect.stringContaining(`table/${home.table}/stream/`),
    dynamodb: {
      Keys: { pk: { S: "item-0" } },
      NewImage: { pk: { S: "item-0" }, n: { N: "0" }, bytes: { B: "AP8=" } },
      SequenceNumber: expect.stringMatching(/^\d+$/),
      ApproximateCreationDateTime: expect.any(Number),
    },
  });
});

test("goes on where it was after the edge was killed, with what was written meanwhile", async () => {
  await edge.kill("SIGKILL");
  await edge.ended;
  await put(30, 50);
  edge = await home.startEdge();
  await put(50, 60);
  expect(await received(60)).toEqual(numbers(0, 60));
});

test("a reported failure is tried again from that record, and nothing before it", async () => {
  await writeFile(join(home.folder, "refuse"), "63");
  await put(60, 66);
  await until(
    () => home.lines("refusals"),
    (lines) => lines.length >= 2,
  );
  expect(await home.lines("stream")).toEqual(numbers(0, 63));
  await rm(join(home.folder, "refuse"));
  expect(await received(66)).toEqual(numbers(0, 66));
});

test("a failing function holds the shard back across an orderly restart, and loses nothing", async () => {
  await writeFile(join(home.folder, "refuse"), "all");
  await put(66, 70);
  await until(
    () => readFile(join(home.folder, "edge.log"), "utf8"),
    (log) => log.includes('"stream-batch-failed"') && log.includes('"reason":"Error"'),
  );
  await edge.stop();
  await rm(join(home.folder, "refuse"));
  edge = await home.startEdge();
  expect(await received(70)).toEqual(numbers(0, 70));
});

test("a table made anew is followed from its beginning", async () => {
  await dynamodb.send(new DeleteTableCommand({ TableName: home.table }));
  await createTable();
  await put(70, 75);
  expect(await received(75)).toEqual(numbers(0, 75));
});

test("a state directory that holds something else is refused, not guessed at", async () => {
  const directory = join(home.folder, "other-state");
  await mkdir(directory);
  await writeFile(join(directory, "stream-stream.json"), '{"streamArn":');
  await edge.stop();
  await expect(home.startEdge({ SLUICE_STATE_DIRECTORY: directory })).rejects.toThrow(
    /does not hold what the edge wrote/,
  );
});
