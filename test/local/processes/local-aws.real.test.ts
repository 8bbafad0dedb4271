import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startDynamoDb } from "#local/processes/start-dynamodb.ts";
import { startMoto } from "#local/processes/start-moto.ts";

const account = { region: "eu-west-1", credentials: { accessKeyId: "local", secretAccessKey: "local" } };
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-aws-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("DynamoDB Local on disk keeps what it has acknowledged through a SIGKILL", async () => {
  let server = await startDynamoDb({ directory, storage: "disk" });
  try {
    const client = () => new DynamoDBClient({ ...account, endpoint: server.url });
    await client().send(
      new CreateTableCommand({
        TableName: "kept",
        BillingMode: "PAY_PER_REQUEST",
        KeySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      }),
    );
    await client().send(new PutItemCommand({ TableName: "kept", Item: { id: { S: "wave" }, run: { N: "7" } } }));
    await server.process.kill("SIGKILL");
    await server.process.ended;
    server = await startDynamoDb({ directory, storage: "disk" });
    const read = await client().send(new GetItemCommand({ TableName: "kept", Key: { id: { S: "wave" } } }));
    expect(read.Item?.["run"]?.N).toBe("7");
  } finally {
    await server.process.stop();
  }
});

test("moto as shipped runs a state machine whose Lambda task reaches the edge's port", async () => {
  const invoked: string[] = [];
  const edge = createServer((request, response) => {
    invoked.push(`${request.method} ${request.url}`);
    request.resume();
    request.on("end", () => response.writeHead(200, { "content-type": "application/json" }).end('{"phase":"sealed"}'));
  });
  await new Promise<void>((resolve) => edge.listen(0, "127.0.0.1", resolve));
  const address = edge.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const moto = await startMoto({ name: "moto-control", directory, region: account.region, edgePort: address.port });
  try {
    const client = new SFNClient({ ...account, endpoint: moto.url });
    const machine = await client.send(
      new CreateStateMachineCommand({
        name: "probe",
        roleArn: "arn:aws:iam::123456789012:role/probe",
        definition: JSON.stringify({
          StartAt: "Where",
          States: {
            Where: {
              Type: "Task",
              Resource: "arn:aws:states:::lambda:invoke",
              Parameters: {
                FunctionName: "arn:aws:lambda:eu-west-1:123456789012:function:where-now",
                "Payload.$": "$",
              },
              OutputPath: "$.Payload",
              End: true,
            },
          },
        }),
      }),
    );
    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: machine.stateMachineArn, input: "{}" }),
    );
    const outcome = await expect
      .poll(async () => (await client.send(new DescribeExecutionCommand({ executionArn }))).status, { timeout: 20_000 })
      .not.toBe("RUNNING")
      .then(() => client.send(new DescribeExecutionCommand({ executionArn })));
    expect(outcome.status).toBe("SUCCEEDED");
    expect(JSON.parse(outcome.output ?? "")).toEqual({ phase: "sealed" });
    expect(invoked).toEqual([
      "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Awhere-now/invocations",
    ]);
  } finally {
    await moto.process.stop();
    await new Promise((resolve) => edge.close(resolve));
  }
});
