import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { documents } from "#adapters/dynamodb/documents.ts";
import { dynamoSnapshotStore } from "#adapters/dynamodb/snapshot-store.ts";
import { tableDefinition } from "#adapters/dynamodb/table.ts";
import { kafkaScanner } from "#adapters/kafka/inventory/scanner.ts";
import { clock, newId } from "#functions/wire.ts";
import { LOCAL_CREDENTIALS } from "#local/home/control-environment.ts";
import { DEFAULT_REGION, TABLE } from "#local/home/local-account.ts";
import { startDynamoDb } from "#local/processes/start-dynamodb.ts";
import { takeSnapshot } from "#use-cases/take-snapshot.ts";
import { BENCH_USER } from "./bench-cluster.ts";

const WRITES = new Set(["PutItemCommand", "TransactWriteItemsCommand", "UpdateItemCommand", "DeleteItemCommand"]);

/** A whole snapshot taken as the function takes it, into a real table; how many bytes and writes that is. */
export async function measureStored(
  server: string,
  directory: string,
): Promise<{ readonly bytes: number; readonly writes: number; readonly milliseconds: number }> {
  const dynamodb = await startDynamoDb({ directory, storage: "memory" });
  const scanner = kafkaScanner("source", {
    bootstrapServers: [server],
    tls: false,
    sasl: { mechanism: "SCRAM-SHA-256", ...BENCH_USER },
    clientId: "bench",
  });
  try {
    const client = new DynamoDBClient({
      endpoint: dynamodb.url,
      region: DEFAULT_REGION,
      credentials: LOCAL_CREDENTIALS,
    });
    await client.send(new CreateTableCommand(tableDefinition(TABLE)));
    let writes = 0;
    client.middlewareStack.add(
      (next, context) => (args) => {
        if (WRITES.has(String(context["commandName"]))) writes++;
        return next(args);
      },
      { step: "initialize", name: "countWrites" },
    );
    const snapshots = dynamoSnapshotStore(documents(client, TABLE));
    const begun = performance.now();
    const taken = await takeSnapshot(
      { snapshots, clock, newId },
      scanner,
      { migration: "bench", side: "source" },
      {
        endsAt: clock.now() + 300_000,
        sweepMilliseconds: 1000,
      },
    );
    if (taken.state !== "whole") throw new Error(`the snapshot is ${taken.state}`);
    if (writes === 0) throw new Error("no write was counted");
    return { bytes: taken.header.storedBytes, writes, milliseconds: performance.now() - begun };
  } finally {
    await scanner.close();
    await dynamodb.process.stop();
  }
}
