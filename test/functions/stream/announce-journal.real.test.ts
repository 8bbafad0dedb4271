import { PutItemCommand } from "@aws-sdk/client-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import { migration, POSTING } from "../../in-memory/migration.ts";
import { type LocalWire, startLocalWire } from "../local-wire.ts";

const CONTEXT = { functionName: "f", awsRequestId: "request-1" };
let wire: LocalWire;
beforeAll(async () => {
  wire = await startLocalWire();
});
afterAll(() => wire?.stop());

const record = (sequenceNumber: string, pk: string, sk: string, eventName = "INSERT") => ({
  eventName,
  dynamodb: { SequenceNumber: sequenceNumber, Keys: { pk: { S: pk }, sk: { S: sk } } },
});
const eventOf = (number: string, wave: string, sequence: number) =>
  record(number, `WAVE#shop/${wave}`, `EVENT#${String(sequence).padStart(12, "0")}`);

it("announces new journal entries once, whatever else the stream says, and tells what it could not read", async () => {
  const { handler } = await import("#functions/stream/announce-journal.ts");
  const store = dynamoWaveStore(wire.table);
  const file = migration();
  await store.createMigration(
    file,
    file.waves.map((w) => plannedRow({ migration: "shop", wave: w.name }, 1)),
    POSTING,
  );
  const journal = async (wave: string) => {
    const row = await store.wave({ migration: "shop", wave });
    if (row === undefined) throw new Error("no row");
    const outcome = await store.write(row, { ...row, run: row.run + 1 }, [{ event: "Noted", by: "sluice" }], 1);
    expect(outcome.written).toBe(true);
  };
  await journal("payments");
  await journal("payments");
  const batch = {
    Records: [
      record("1", "MIGRATION#shop", "WAVE#payments", "MODIFY"),
      eventOf("2", "payments", 1),
      eventOf("3", "payments", 2),
      record("4", "WAVE#shop/payments", "FACT#x"),
      record("5", "WAVE#shop/payments", "EVENT#000000000001", "REMOVE"),
    ],
  };
  expect(await handler(batch, CONTEXT)).toEqual({ batchItemFailures: [] });
  const twice = await Promise.all([handler(batch, CONTEXT), handler(batch, CONTEXT)]);
  expect(twice).toEqual([{ batchItemFailures: [] }, { batchItemFailures: [] }]);
  expect(await wire.announced()).toEqual(["payments 1", "payments 2"]);

  // An entry that no version of Sluice wrote, in a wave of its own, and a key that names no wave.
  const log = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await journal("orders");
  await wire.table.client.send(
    new PutItemCommand({
      TableName: wire.table.tableName,
      Item: marshall({ pk: "WAVE#shop/orders", sk: "EVENT#000000000001", content: "}{" }),
    }),
  );
  await journal("payments");
  expect(
    await handler(
      { Records: [eventOf("6", "orders", 1), record("7", "WAVE#shop", "EVENT#1"), eventOf("8", "payments", 3)] },
      CONTEXT,
    ),
  ).toEqual({ batchItemFailures: [] });
  // Neither would be read another time: both are told of, and keep nobody waiting.
  const told = log.mock.calls.flat().join("");
  expect(told).toMatch(/WAVE#shop\/orders/);
  expect(told).toMatch(/EVENT#1 names no wave/);
  log.mockRestore();
  expect(await wire.announced()).toEqual(["payments 1", "payments 2", "payments 3"]);
});
