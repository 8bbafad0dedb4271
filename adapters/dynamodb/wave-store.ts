import { createHash, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { chained } from "#core/journal/chained.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { WaveStore, WriteOutcome } from "#use-cases/ports/wave-store.ts";
import { documents, foundAs, onTable, queryAll } from "./documents.ts";
import { entryToItem, itemToEntry } from "./journal-item.ts";
import { eventKey, lastEventKey, waveKey, waveOfRowKey, waveRows } from "./keys.ts";
import { migrationItems } from "./migration-items.ts";
import { nameOf } from "./parse-item.ts";
import { TRANSACTION_ITEMS, transact } from "./transact.ts";
import { dynamoWaveItems } from "./wave-items.ts";
import { type Item, itemToRow, rowToItem } from "./wave-row-item.ts";

const CONFLICT_RETRIES = 3;
const CONFLICT_WAIT_MILLISECONDS = 40;

const sha256 = (text: string): string => createHash("sha256").update(text, "utf8").digest("hex");

/** Waits between 1 and 2 times the pause, so that two writers in each other's way do not stay in step. */
const jitteredWait = (attempt: number): Promise<void> =>
  wait(CONFLICT_WAIT_MILLISECONDS * attempt * (1 + Math.random()));

/**
 * The one table. Faults: an `OperatorFault` for a stored item that this version does not know, a missing table or missing
 * rights; a `RetryableFault` for throttling and an unreachable service.
 */
export const dynamoWaveStore = ({
  client,
  tableName,
}: {
  readonly client: DynamoDBClient;
  readonly tableName: string;
}): WaveStore => {
  const table = documents(client, tableName);

  const wave = async (ref: WaveRef): Promise<WaveRow | undefined> => {
    const Key = waveKey(ref);
    const { Item } = await onTable(table, `reading ${nameOf(Key)}`, () =>
      table.client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true })),
    );
    return Item === undefined ? undefined : itemToRow(Item as Item);
  };

  const waves = async (migration: string): Promise<WaveRow[]> => {
    const { pk, skPrefix } = waveRows(migration);
    const items = await queryAll(table, `listing the waves of ${migration}`, {
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
      ExpressionAttributeValues: { ":pk": pk, ":sk": skPrefix },
      ConsistentRead: true,
    });
    return items.map(itemToRow);
  };

  const entries = async (ref: WaveRef, fromSequence: number): Promise<JournalEntry[]> => {
    const from = eventKey(ref, fromSequence);
    const items = await queryAll(table, `reading the journal of ${ref.wave} of ${ref.migration}`, {
      KeyConditionExpression: "pk = :pk AND sk BETWEEN :from AND :to",
      ExpressionAttributeValues: { ":pk": from.pk, ":from": from.sk, ":to": lastEventKey(ref).sk },
      ConsistentRead: true,
    });
    return items.map(itemToEntry);
  };
  const journalHead = async (ref: WaveRef) => {
    const last = (await entries(ref, 1)).at(-1);
    return last && { sequence: last.sequence, hash: last.hash };
  };

  return {
    ...migrationItems(table, waves, journalHead, () => jitteredWait(1)),
    wave,
    waves,

    async activeWaves() {
      const items = await foundAs(table, "active-wave");
      return items.flatMap((item) => waveOfRowKey(item) ?? []);
    },

    async write(before, next, events, now): Promise<WriteOutcome> {
      const ref: WaveRef = before;
      const written = chained(before, next, events, now, sha256);
      const last = written.at(-1);
      if (last === undefined || written.length >= TRANSACTION_ITEMS)
        throw new Error(`one write journals 1 to ${TRANSACTION_ITEMS - 1} events; got ${written.length}`);
      const row: WaveRow = {
        ...next,
        version: before.version + 1,
        journal: { sequence: last.sequence, hash: last.hash },
        updatedAt: now,
      };
      const rowItem = rowToItem(row);
      const what = `writing ${nameOf(rowItem)}`;
      const token = randomUUID();
      for (let attempt = 1; ; attempt++) {
        const outcome = await transact(table, what, token, [
          {
            Put: {
              TableName: tableName,
              Item: rowItem,
              ConditionExpression: "#version = :version AND #run = :run AND #phase = :phase",
              ExpressionAttributeNames: { "#version": "version", "#run": "run", "#phase": "phase" },
              ExpressionAttributeValues: { ":version": before.version, ":run": before.run, ":phase": before.phase },
            },
          },
          ...written.map((entry) => ({
            Put: { TableName: tableName, Item: entryToItem(entry), ConditionExpression: "attribute_not_exists(pk)" },
          })),
        ]);
        if (outcome === "written") return { written: true, row: itemToRow(rowItem) };
        if (outcome !== "conflict") {
          if (outcome.failed.includes(0)) return { written: false };
          // The row would let us write, yet its next sequence is taken: reading again would lead here for ever.
          throw new OperatorFault(
            `the journal of wave ${ref.wave} of ${ref.migration} holds ${nameOf(eventKey(ref, before.journal.sequence + (outcome.failed[0] ?? 1)))}, which its row (last sequence ${before.journal.sequence}) does not know: somebody changed the table by hand, restore row and journal from one point in time`,
          );
        }
        if ((await wave(ref))?.version !== before.version) return { written: false };
        if (attempt > CONFLICT_RETRIES)
          throw new RetryableFault(`${what} met other transactions ${attempt} times while its row stayed the same`);
        await jitteredWait(attempt);
      }
    },

    journal: (ref, fromSequence = 1) => entries(ref, Math.max(1, fromSequence)),

    items: dynamoWaveItems(table),
  };
};
