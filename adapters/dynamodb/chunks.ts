import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { UnreadableFault } from "#core/fault.ts";
import type { Piece } from "#core/inventory/kept.ts";
import { type Documents, onTable, queryAll } from "./documents.ts";
import type { Key } from "./keys.ts";
import { nameOf } from "./parse-item.ts";

/** DynamoDB refuses items above 400 KB, keys and names included. */
const CHUNK_BYTES = 390_000;

const zip = promisify(gzip);
const unzip = promisify(gunzip);

type KeyOf = (chunk: number) => Key;

/** Writes a text compressed, as items below the limit; `keyOf` gives keys of one partition that sort as their numbers do. */
export async function writeChunks(
  table: Documents,
  keyOf: KeyOf,
  firstChunk: number,
  text: string,
): Promise<{ readonly piece: Piece; readonly bytes: number }> {
  const bytes = await zip(text);
  const chunks = Math.max(1, Math.ceil(bytes.byteLength / CHUNK_BYTES));
  await Promise.all(
    Array.from({ length: chunks }, (_, n) => {
      const key = keyOf(firstChunk + n);
      const packedContent = bytes.subarray(n * CHUNK_BYTES, (n + 1) * CHUNK_BYTES);
      const Item = { ...key, packedContent };
      return onTable(table, `writing ${nameOf(key)}`, () =>
        table.client.send(new PutCommand({ Item, TableName: table.tableName })),
      );
    }),
  );
  return { piece: { firstChunk, chunks, digest: digestOf(bytes) }, bytes: bytes.byteLength };
}

/** The text of a piece, or a fault that tells how to come by `what` again. */
export async function readChunks(
  table: Documents,
  keyOf: KeyOf,
  piece: Piece,
  { what, cure }: { readonly what: string; readonly cure: string },
): Promise<string> {
  const first = keyOf(piece.firstChunk);
  const items = await queryAll(table, `reading ${what}`, {
    KeyConditionExpression: "pk = :pk AND sk BETWEEN :first AND :last",
    ExpressionAttributeValues: {
      ":pk": first.pk,
      ":first": first.sk,
      ":last": keyOf(piece.firstChunk + piece.chunks - 1).sk,
    },
    ConsistentRead: true,
  });
  const bytes = Buffer.concat(
    items.map((item) => (item["packedContent"] instanceof Uint8Array ? item["packedContent"] : new Uint8Array())),
  );
  if (items.length !== piece.chunks || digestOf(bytes) !== piece.digest)
    throw new UnreadableFault(
      `${what} is not what was written: ${items.length} of ${piece.chunks} chunks are there; ${cure}`,
    );
  return (await unzip(bytes)).toString("utf8");
}

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
