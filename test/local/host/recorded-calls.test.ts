import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { InvokeCommand } from "@aws-sdk/client-lambda";
import { StartExecutionCommand } from "@aws-sdk/client-sfn";
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from "@aws-sdk/lib-dynamodb";
import { expect, it } from "vitest";
import { asInvocation } from "#local/host/invoked.ts";
import { actionsOf, recordCalls } from "#local/host/recorded-calls.ts";

const put = { Put: { TableName: "t", Item: {} } };

it("calls actions what IAM calls them", () => {
  const run = new StartExecutionCommand({ stateMachineArn: "a" });
  expect(actionsOf("SFN", run)).toEqual(["states:StartExecution"]);
  expect(actionsOf("Lambda", new InvokeCommand({ FunctionName: "f" }))).toEqual(["lambda:InvokeFunction"]);
  expect(actionsOf("DynamoDB", new GetCommand({ TableName: "t", Key: {} }))).toEqual(["dynamodb:GetItem"]);
  const removed = { Delete: { TableName: "t", Key: {} } };
  const write = new TransactWriteCommand({ TransactItems: [put, put, removed] });
  expect(actionsOf("DynamoDB", write)).toEqual(["dynamodb:PutItem", "dynamodb:DeleteItem"]);
  expect(() => actionsOf("Braket", run)).toThrow(/Braket: add how IAM calls it/);
});

it("writes each call of a client down, with the function in whose invocation it was made", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-calls-"));
  const file = join(folder, "calls.jsonl");
  const end = recordCalls(file);
  try {
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    const client = new DynamoDBClient({
      region: "eu-west-1",
      endpoint: "http://127.0.0.1:9",
      credentials,
      maxAttempts: 1,
    });
    const table = DynamoDBDocumentClient.from(client);
    const get = () => table.send(new GetCommand({ TableName: "t", Key: { pk: "a" } })).catch(() => undefined);
    await Promise.all(["reader", "other"].map((name) => asInvocation({ name, event: {} }, get)));
    const lines = (await readFile(file, "utf8")).trim().split("\n").sort();
    expect(lines).toEqual([
      '{"function":"other","actions":["dynamodb:GetItem"]}',
      '{"function":"reader","actions":["dynamodb:GetItem"]}',
    ]);
  } finally {
    // Tests of other files run in this process, too.
    end();
    await rm(folder, { recursive: true, force: true });
  }
});
