import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { failureSchema, headerSchema, unfinishedSchema } from "#core/inventory/kept.ts";
import { toStoredText } from "#core/inventory/stored-form.ts";
import type { ClusterRef, SnapshotStore } from "#use-cases/ports/snapshot-store.ts";
import { writeChunks } from "./chunks.ts";
import { type Documents, onTable } from "./documents.ts";
import type { Key } from "./keys.ts";
import { nameOf, parseItem } from "./parse-item.ts";
import { chunkKey, failureKey, headerKey, inHandKey } from "./snapshot-keys.ts";
import { dynamoSnapshotReader } from "./snapshot-reader.ts";
import { TTL_ATTRIBUTE } from "./table.ts";

/** Snapshots in the one table: chunks of compressed pages, one item that says who has which in hand, and headers. */
export const dynamoSnapshotStore = (table: Documents): SnapshotStore => {
  const put = (what: string, input: Omit<ConstructorParameters<typeof PutCommand>[0], "TableName">) =>
    onTable(table, what, () => table.client.send(new PutCommand({ ...input, TableName: table.tableName })));

  const reader = dynamoSnapshotReader(table);

  /** Writes an item where the snapshot was in hand; not where somebody else has it. */
  const inPlaceOfWork = (
    of: ClusterRef,
    holder: string,
    key: Key,
    content: (key: Key) => Readonly<Record<string, unknown>>,
  ): Promise<boolean> =>
    isWritten(() =>
      onTable(table, `writing ${nameOf(key)}`, () =>
        table.client.send(
          new TransactWriteCommand({
            TransactItems: [
              { Put: { TableName: table.tableName, Item: { ...key, ...content(key) } } },
              {
                Delete: {
                  TableName: table.tableName,
                  Key: inHandKey(of),
                  ConditionExpression: "holder = :holder",
                  ExpressionAttributeValues: { ":holder": holder },
                },
              },
            ],
          }),
        ),
      ),
    );

  return {
    async take(of, fresh, { holder, now, until, only }) {
      const key = inHandKey(of);
      const { Item: found } = await onTable(table, `reading ${nameOf(key)}`, () =>
        table.client.send(new GetCommand({ TableName: table.tableName, Key: key, ConsistentRead: true })),
      );
      const before = found === undefined ? fresh : parseItem(unfinishedSchema, key, found["unfinished"]);
      if (only !== undefined && (found === undefined || before.id !== only)) return undefined;
      const unfinished = { ...before, runs: before.runs + 1 };
      const isTaken = await isWritten(() =>
        put(`taking ${nameOf(key)}`, {
          Item: { ...key, holder, leaseUntil: until, unfinished },
          ConditionExpression:
            found === undefined ? "attribute_not_exists(pk)" : "leaseUntil <= :now AND holder = :before",
          ...(found === undefined ? {} : { ExpressionAttributeValues: { ":now": now, ":before": found["holder"] } }),
        }),
      );
      return isTaken ? unfinished : undefined;
    },

    savePiece: (ref, firstChunk, pages) =>
      writeChunks(table, (n) => chunkKey(ref, ref.id, n), firstChunk, toStoredText(pages)),

    async cutOff(of, unfinished, holder) {
      const key = inHandKey(of);
      return isWritten(() =>
        put(`letting go of ${nameOf(key)}`, {
          Item: { ...key, holder, leaseUntil: 0, unfinished: parseItem(unfinishedSchema, key, unfinished) },
          ConditionExpression: "holder = :holder",
          ExpressionAttributeValues: { ":holder": holder },
        }),
      );
    },

    fail: (of, failure, holder) =>
      inPlaceOfWork(of, holder, failureKey(of), (key) => ({ failure: parseItem(failureSchema, key, failure) })),

    async discard(ref, pieces) {
      for (const { firstChunk, chunks } of pieces)
        for (let n = 0; n < chunks; n++) {
          const Key = chunkKey(ref, ref.id, firstChunk + n);
          await onTable(table, `deleting ${nameOf(Key)}`, () =>
            table.client.send(new DeleteCommand({ TableName: table.tableName, Key })),
          );
        }
    },

    finish: (of, header, holder) =>
      inPlaceOfWork(of, holder, headerKey(of, header.id), (key) => ({ header: parseItem(headerSchema, key, header) })),

    ...reader,

    async expire(of, header, at) {
      const seconds = Math.ceil(at / 1000);
      const set = (
        Key: Readonly<Record<string, string>>,
        condition: string,
        values: Readonly<Record<string, unknown>>,
      ) =>
        onTable(table, "letting a snapshot expire", () =>
          table.client.send(
            new UpdateCommand({
              TableName: table.tableName,
              Key,
              UpdateExpression: "SET #ttl = :at",
              ConditionExpression: condition,
              ExpressionAttributeNames: {
                "#ttl": TTL_ATTRIBUTE,
                ...(condition.includes("#header") ? { "#header": "header" } : {}),
              },
              ExpressionAttributeValues: { ":at": seconds, ...values },
            }),
          ),
        );
      // The header goes first: without it nobody reads the chunks.
      const isGoing = await isWritten(() =>
        set(
          headerKey(of, header.id),
          "attribute_exists(pk) AND attribute_not_exists(#ttl) AND #header.keptFor = :nothing",
          { ":nothing": [] },
        ),
      );
      if (!isGoing) return;
      for (const { firstChunk, chunks } of header.pieces)
        for (let n = 0; n < chunks; n++)
          await isWritten(() => set(chunkKey(of, header.id, firstChunk + n), "attribute_exists(pk)", {}));
    },

    async keep(ref, reason) {
      const Key = headerKey(ref, ref.id);
      const found = await reader.header(ref);
      if (found === undefined) return false;
      const keptFor = [...new Set([...found.keptFor, reason])].toSorted();
      const update = (
        key: Readonly<Record<string, string>>,
        expression: string,
        values?: Readonly<Record<string, unknown>>,
      ) =>
        isWritten(() =>
          onTable(table, `keeping ${nameOf(Key)}`, () =>
            table.client.send(
              new UpdateCommand({
                TableName: table.tableName,
                Key: key,
                UpdateExpression: expression,
                ConditionExpression: "attribute_exists(pk)",
                ExpressionAttributeNames: { "#ttl": TTL_ATTRIBUTE, ...(values ? { "#header": "header" } : {}) },
                ...(values ? { ExpressionAttributeValues: values } : {}),
              }),
            ),
          ),
        );
      if (!(await update(Key, "SET #header.keptFor = :kept REMOVE #ttl", { ":kept": keptFor }))) return false;
      const kept = await Promise.all(
        found.pieces.flatMap(({ firstChunk, chunks }) =>
          Array.from({ length: chunks }, (_, n) => update(chunkKey(ref, ref.id, firstChunk + n), "REMOVE #ttl")),
        ),
      );
      return kept.every((is) => is);
    },
  };
};

/** A failed condition is an answer, not a fault. */
const isWritten = async (write: () => Promise<unknown>): Promise<boolean> => {
  try {
    await write();
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    if (
      error instanceof TransactionCanceledException &&
      error.CancellationReasons?.some(({ Code }) => Code === "ConditionalCheckFailed")
    )
      return false;
    throw error;
  }
};
