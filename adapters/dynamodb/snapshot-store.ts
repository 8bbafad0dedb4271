import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { ConditionalCheckFailedException, TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { UnreadableFault } from "#core/fault.ts";
import { headerSchema, type Piece, type SnapshotHeader, unfinishedSchema } from "#core/inventory/kept.ts";
import { fromStoredText, toStoredText } from "#core/inventory/stored-form.ts";
import type { ClusterRef, SnapshotStore } from "#use-cases/ports/snapshot-store.ts";
import { type Documents, onTable, queryAll } from "./documents.ts";
import { nameOf, parseItem } from "./parse-item.ts";
import { chunkKey, HEADER, headerKey, inHandKey, snapshotPartition } from "./snapshot-keys.ts";
import { TTL_ATTRIBUTE } from "./table.ts";
import type { Item } from "./wave-row-item.ts";

/** DynamoDB refuses items above 400 KB, keys and names included. */
const CHUNK_BYTES = 390_000;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

/** Snapshots in the one table: chunks of compressed pages, one item that says who has which in hand, and headers. */
export const dynamoSnapshotStore = (table: Documents): SnapshotStore => {
  const put = (what: string, input: Omit<ConstructorParameters<typeof PutCommand>[0], "TableName">) =>
    onTable(table, what, () => table.client.send(new PutCommand({ ...input, TableName: table.tableName })));

  const headers = async (of: ClusterRef): Promise<readonly SnapshotHeader[]> => {
    const items = await queryAll(table, `listing the snapshots of ${snapshotPartition(of)}`, {
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
      ExpressionAttributeValues: { ":pk": snapshotPartition(of), ":sk": HEADER },
      ConsistentRead: true,
      ScanIndexForward: false,
    });
    return items.map(headerOf);
  };

  return {
    async take(of, fresh, { holder, now, until }) {
      const key = inHandKey(of);
      const { Item: found } = await onTable(table, `reading ${nameOf(key)}`, () =>
        table.client.send(new GetCommand({ TableName: table.tableName, Key: key, ConsistentRead: true })),
      );
      const unfinished = found === undefined ? fresh : parseItem(unfinishedSchema, key, found["unfinished"]);
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

    async savePiece(ref, firstChunk, pages) {
      const bytes = await zip(toStoredText(pages));
      const chunks = Math.max(1, Math.ceil(bytes.byteLength / CHUNK_BYTES));
      await Promise.all(
        Array.from({ length: chunks }, (_, n) => {
          const key = chunkKey(ref, ref.id, firstChunk + n);
          const content = bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
          return put(`writing ${nameOf(key)}`, { Item: { ...key, packedContent: content } });
        }),
      );
      return { piece: { firstChunk, chunks, digest: digestOf(bytes) }, bytes: bytes.byteLength };
    },

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

    async discard(ref, pieces) {
      for (const { firstChunk, chunks } of pieces)
        for (let n = 0; n < chunks; n++) {
          const Key = chunkKey(ref, ref.id, firstChunk + n);
          await onTable(table, `deleting ${nameOf(Key)}`, () =>
            table.client.send(new DeleteCommand({ TableName: table.tableName, Key })),
          );
        }
    },

    async pages(ref, pieces) {
      const texts = await Promise.all(pieces.map((piece) => readPiece(table, ref, ref.id, piece)));
      return texts.flatMap((text) => {
        const pages = fromStoredText(text);
        if (pages === undefined)
          throw new UnreadableFault(
            `Snapshot ${ref.id} of ${snapshotPartition(ref)} was written in a format that this version of Sluice does not know; deploy the version that wrote it, or take a new snapshot`,
          );
        return pages;
      });
    },

    async finish(of, header, holder) {
      const key = headerKey(of, header.id);
      return isWritten(() =>
        onTable(table, `writing ${nameOf(key)}`, () =>
          table.client.send(
            new TransactWriteCommand({
              TransactItems: [
                { Put: { TableName: table.tableName, Item: { ...key, header: parseItem(headerSchema, key, header) } } },
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
    },

    headers,

    async header(ref) {
      const Key = headerKey(ref, ref.id);
      const { Item: item } = await onTable(table, `reading ${nameOf(Key)}`, () =>
        table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true })),
      );
      return item === undefined ? undefined : headerOf(item as Item);
    },

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
      const found = await this.header(ref);
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

const headerOf = ({ pk, sk, header }: Item): SnapshotHeader => parseItem(headerSchema, { pk, sk }, header);

async function readPiece(table: Documents, of: ClusterRef, id: string, piece: Piece): Promise<string> {
  const items = await queryAll(table, `reading snapshot ${id}`, {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
    ExpressionAttributeValues: {
      ":pk": snapshotPartition(of),
      ":first": chunkKey(of, id, piece.firstChunk).sk,
      ":last": chunkKey(of, id, piece.firstChunk + piece.chunks - 1).sk,
    },
    ConsistentRead: true,
  });
  const bytes = Buffer.concat(
    items.map((item) => (item["packedContent"] instanceof Uint8Array ? item["packedContent"] : new Uint8Array())),
  );
  if (items.length !== piece.chunks || digestOf(bytes) !== piece.digest)
    throw new UnreadableFault(
      `Snapshot ${id} of ${snapshotPartition(of)} is not what was written: ${items.length} of ${piece.chunks} chunks are there; take a new snapshot`,
    );
  return (await unzip(bytes)).toString("utf8");
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

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
