import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { UnreadableFault } from "#core/fault.ts";
import { failureSchema, headerSchema, type Piece, type SnapshotHeader } from "#core/inventory/kept.ts";
import { fromStoredText } from "#core/inventory/stored-form.ts";
import type { ClusterRef, SnapshotStore } from "#use-cases/ports/snapshot-store.ts";
import { type Documents, onTable, queryAll } from "./documents.ts";
import { nameOf, parseItem } from "./parse-item.ts";
import { chunkKey, failureKey, HEADER, headerKey, snapshotPartition } from "./snapshot-keys.ts";
import type { Item } from "./wave-row-item.ts";

const unzip = promisify(gunzip);

/** What reading whole snapshots takes, apart from what writes them: functions that only read carry no more. */
export const dynamoSnapshotReader = (
  table: Documents,
): Pick<SnapshotStore, "headers" | "header" | "pages" | "failure"> => ({
  async headers(of) {
    const items = await queryAll(table, `listing the snapshots of ${snapshotPartition(of)}`, {
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
      ExpressionAttributeValues: { ":pk": snapshotPartition(of), ":sk": HEADER },
      ConsistentRead: true,
      ScanIndexForward: false,
    });
    return items.map(headerOf);
  },

  async header(ref) {
    const Key = headerKey(ref, ref.id);
    const { Item: item } = await onTable(table, `reading ${nameOf(Key)}`, () =>
      table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true })),
    );
    return item === undefined ? undefined : headerOf(item as Item);
  },

  async failure(of) {
    const Key = failureKey(of);
    const { Item: item } = await onTable(table, `reading ${nameOf(Key)}`, () =>
      table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true })),
    );
    return item === undefined ? undefined : parseItem(failureSchema, Key, item["failure"]);
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
});

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

export const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
