import { DeleteItemCommand, PutItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documents } from "#adapters/dynamodb/documents.ts";
import { dynamoPlanStore } from "#adapters/dynamodb/plan-store.ts";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import { migration, POSTING } from "../../in-memory/migration.ts";
import { type LocalTable, startLocalTable } from "./local-table.ts";
import { planStoreContract } from "./plan-store.contract.ts";
import { waveStoreContract } from "./wave-store.contract.ts";

const NOW = 1_800_000_000_000;
let table: LocalTable;
beforeAll(async () => {
  table = await startLocalTable();
});
afterAll(() => table?.stop());

describe("the plan store on DynamoDB Local", () => {
  planStoreContract(() => dynamoPlanStore(documents(table.client, table.tableName)));
});

describe("the wave store on DynamoDB Local", () => {
  waveStoreContract(() => dynamoWaveStore(table));

  const created = async (name: string) => {
    const store = dynamoWaveStore(table);
    const file = migration({ name });
    await store.createMigration(
      file,
      file.waves.map((w) => plannedRow({ migration: name, wave: w.name }, NOW)),
      POSTING,
    );
    return {
      store,
      file,
      ref: { migration: name, wave: "payments" },
      key: { pk: `MIGRATION#${name}`, sk: "WAVE#payments" },
    };
  };

  it("refuses an unknown stored phase, naming item and value, and touches nothing", async () => {
    const { store, ref, key } = await created("unknown-phase");
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key: marshall(key),
        UpdateExpression: "SET #phase = :phase",
        ExpressionAttributeNames: { "#phase": "phase" },
        ExpressionAttributeValues: marshall({ ":phase": "levitating" }),
      }),
    );
    const refusal = {
      name: "OperatorFault",
      message: expect.stringMatching(/MIGRATION#unknown-phase \/ WAVE#payments.*phase holds "levitating"/),
    };
    await expect(store.wave(ref)).rejects.toMatchObject(refusal);
    await expect(store.waves(ref.migration)).rejects.toMatchObject(refusal);
  });

  it("refuses a row with a field that this version does not know", async () => {
    const { store, ref, key } = await created("unknown-field");
    await table.client.send(
      new UpdateItemCommand({
        TableName: table.tableName,
        Key: marshall(key),
        UpdateExpression: "SET quarantine = :on",
        ExpressionAttributeValues: marshall({ ":on": true }),
      }),
    );
    await expect(store.wave(ref)).rejects.toThrow(/quarantine/);
  });

  it("says so when the journal holds an entry that the row does not know", async () => {
    const { store, ref } = await created("stray-entry");
    const row = await store.wave(ref);
    if (row === undefined) throw new Error("no row");
    await table.client.send(
      new PutItemCommand({
        TableName: table.tableName,
        Item: marshall({ pk: "WAVE#stray-entry/payments", sk: "EVENT#000000000001" }),
      }),
    );
    await expect(
      store.write(row, { ...row, run: 1 }, [{ event: "WaveStarted", by: "olga" }], NOW),
    ).rejects.toMatchObject({
      name: "OperatorFault",
      message: expect.stringContaining("EVENT#000000000001"),
    });
    expect(await store.wave(ref)).toEqual(row);
  });

  it("says so when waves are there without their migration", async () => {
    const { store, file } = await created("headless");
    await table.client.send(
      new DeleteItemCommand({
        TableName: table.tableName,
        Key: marshall({ pk: "MIGRATION#headless", sk: "MIGRATION" }),
      }),
    );
    await expect(
      store.createMigration(file, [plannedRow({ migration: "headless", wave: "payments" }, NOW)], POSTING),
    ).rejects.toMatchObject({ name: "OperatorFault" });
  });

  it("names a table that does not exist", async () => {
    const store = dynamoWaveStore({ client: table.client, tableName: "not-deployed" });
    const fault = { name: "OperatorFault", message: expect.stringContaining("not-deployed") };
    await expect(store.wave({ migration: "a", wave: "b" })).rejects.toMatchObject(fault);
    const row = plannedRow({ migration: "a", wave: "b" }, NOW);
    await expect(store.write(row, { ...row, run: 1 }, [{ event: "X", by: "y" }], NOW)).rejects.toMatchObject(fault);
    await expect(store.items.put(row, "FACT", "x", 1)).rejects.toMatchObject(fault);
  });
});
