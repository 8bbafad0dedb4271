import { DynamoDBClient, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { migration, POSTING } from "../../in-memory/migration.ts";
import { type LocalTable, startLocalTable } from "./local-table.ts";

let table: LocalTable;
beforeAll(async () => {
  table = await startLocalTable();
});
afterAll(() => table?.stop());

type Disturbance = (command: string, send: () => Promise<unknown>) => Promise<unknown>;

/** A client of the real table whose requests pass through `disturb`, inside the SDK's own retries. */
const disturbed = (disturb: Disturbance): DynamoDBClient => {
  const client = new DynamoDBClient({
    region: "eu-west-1",
    endpoint: table.url,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
    maxAttempts: 3,
  });
  client.middlewareStack.add(
    (next, context) => (args) => disturb(context.commandName ?? "", () => next(args)) as ReturnType<typeof next>,
    { step: "finalizeRequest", priority: "low" },
  );
  return client;
};

const conflict = () =>
  new TransactionCanceledException({
    $metadata: {},
    message: "cancelled",
    CancellationReasons: [{ Code: "TransactionConflict" }, { Code: "None" }],
  });
const lostAnswer = () => Object.assign(new Error("socket hang up"), { name: "TimeoutError", code: "ECONNRESET" });

let names = 0;
const world = async (disturb: Disturbance) => {
  const calm = dynamoWaveStore(table);
  const file = migration({ name: `disturbed-${++names}` });
  const ref = { migration: file.name, wave: "payments" };
  await calm.createMigration(file, [plannedRow(ref, 1)], POSTING);
  const client = disturbed(disturb);
  const store = dynamoWaveStore({ client, tableName: table.tableName });
  const row = await calm.wave(ref);
  if (row === undefined) throw new Error("no row");
  const write = (row: WaveRow, by: string, through = store) =>
    through.write(row, { ...row, run: row.run + 1 }, [{ event: "WaveStarted", by }], 2);
  return { calm, store, ref, row, write, stop: () => client.destroy() };
};

describe("a disturbed write", () => {
  it("is written after a conflict that left the row alone", async () => {
    let conflicts = 2;
    const { write, row, stop } = await world(async (command, send) => {
      if (command === "TransactWriteItemsCommand" && conflicts-- > 0) throw conflict();
      return send();
    });
    expect(await write(row, "olga")).toMatchObject({ written: true, row: { version: 1 } });
    stop();
  });

  it("is not written when the conflict was with a writer that changed the row", async () => {
    let conflicts = 1;
    const { calm, ref, write, row, stop } = await world(async (command, send) => {
      if (command !== "TransactWriteItemsCommand" || conflicts-- <= 0) return send();
      await write(row, "carl", calm);
      throw conflict();
    });
    expect(await write(row, "olga")).toEqual({ written: false });
    expect((await calm.journal(ref)).map(({ by }) => by)).toEqual(["carl"]);
    stop();
  });

  it("gives up with a fault that passes by itself when conflicts do not end", async () => {
    let attempts = 0;
    const { write, row, stop } = await world(async (command, send) => {
      if (command !== "TransactWriteItemsCommand") return send();
      attempts += 1;
      throw conflict();
    });
    await expect(write(row, "olga")).rejects.toMatchObject({ name: "RetryableFault" });
    expect(attempts).toBe(4);
    stop();
  });

  it("whose answer was lost has one effect, and is known to be written", async () => {
    let losses = 1;
    const { calm, ref, write, row, stop } = await world(async (command, send) => {
      const answer = await send();
      if (command === "TransactWriteItemsCommand" && losses-- > 0) throw lostAnswer();
      return answer;
    });
    expect(await write(row, "olga")).toMatchObject({ written: true, row: { version: 1 } });
    expect(await calm.journal(ref)).toHaveLength(1);
    stop();
  });

  it("whose answers are all lost is a fault that passes by itself", async () => {
    const { write, row, stop } = await world(async (command, send) => {
      if (command === "TransactWriteItemsCommand") throw lostAnswer();
      return send();
    });
    await expect(write(row, "olga")).rejects.toMatchObject({ name: "RetryableFault" });
    stop();
  });

  it("of a lease whose answer was lost is the holder's own", async () => {
    let losses = 1;
    const { store, ref, stop } = await world(async (command, send) => {
      const answer = await send();
      if (command === "PutItemCommand" && losses-- > 0) throw lostAnswer();
      return answer;
    });
    expect(await store.items.takeLease(ref, "tick", "a", 1, 100)).toBe(true);
    expect(await store.items.takeLease(ref, "tick", "b", 1, 100)).toBe(false);
    stop();
  });
});
