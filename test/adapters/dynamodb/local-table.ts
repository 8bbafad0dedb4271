import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { tableDefinition } from "#adapters/dynamodb/table.ts";
import { startDynamoDb } from "#local/processes/start-dynamodb.ts";

export type LocalTable = {
  readonly client: DynamoDBClient;
  readonly url: string;
  readonly tableName: string;
  stop(): Promise<void>;
};

/** A real DynamoDB Local in memory, with Sluice's table. */
export const startLocalTable = async (): Promise<LocalTable> => {
  const directory = await mkdtemp(join(tmpdir(), "sluice-table-"));
  const dynamodb = await startDynamoDb({ directory, storage: "memory" });
  const client = new DynamoDBClient({
    region: "eu-west-1",
    endpoint: dynamodb.url,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const stop = async (): Promise<void> => {
    client.destroy();
    await dynamodb.process.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await client.send(new CreateTableCommand(tableDefinition("sluice")));
  } catch (error) {
    await stop();
    throw error;
  }
  return { client, url: dynamodb.url, tableName: "sluice", stop };
};
