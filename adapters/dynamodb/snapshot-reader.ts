import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { UnreadableFault } from "#core/fault.ts";
import { failureSchema, headerSchema, type SnapshotHeader } from "#core/inventory/kept.ts";
import { fromStoredText } from "#core/inventory/stored-form.ts";
import type { SnapshotStore } from "#use-cases/ports/snapshot-store.ts";
import { readChunks } from "./chunks.ts";
import { type Documents, onTable, queryAll } from "./documents.ts";
import { nameOf, parseItem } from "./parse-item.ts";
import { chunkKey, failureKey, HEADER, headerKey, snapshotPartition } from "./snapshot-keys.ts";
import type { Item } from "./wave-row-item.ts";

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
    const named = { what: `Snapshot ${ref.id} of ${snapshotPartition(ref)}`, cure: "take a new snapshot" };
    const texts = await Promise.all(
      pieces.map((piece) => readChunks(table, (n) => chunkKey(ref, ref.id, n), piece, named)),
    );
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
