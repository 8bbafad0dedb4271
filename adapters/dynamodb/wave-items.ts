import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveItems } from "#use-cases/ports/wave-store.ts";
import { type Documents, onTable, queryAll } from "./documents.ts";
import { itemKey, wavePartition } from "./keys.ts";
import { packJson, unpackJson } from "./packed-json.ts";
import { nameOf } from "./parse-item.ts";
import { TTL_ATTRIBUTE } from "./table.ts";

const LEASE = "LEASE";

export const dynamoWaveItems = (table: Documents): WaveItems => ({
  async get(ref, kind, name) {
    const Key = itemKey(ref, kind, name);
    const { Item } = await onTable(table, `reading ${nameOf(Key)}`, () =>
      table.client.send(new GetCommand({ TableName: table.tableName, Key, ConsistentRead: true })),
    );
    return Item === undefined ? undefined : unpackJson(nameOf(Key), Item);
  },

  async list(ref, kind) {
    const prefix = itemKey(ref, kind, "");
    const items = await queryAll(table, `listing ${nameOf(prefix)}`, {
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
      ExpressionAttributeValues: { ":pk": wavePartition(ref), ":sk": prefix.sk },
      ConsistentRead: true,
    });
    return items.map((item) => ({ name: item.sk.slice(prefix.sk.length), value: unpackJson(nameOf(item), item) }));
  },

  async put(ref, kind, name, value, options) {
    const key = itemKey(ref, kind, name);
    const expiry = options?.expiresAt === undefined ? {} : { [TTL_ATTRIBUTE]: Math.ceil(options.expiresAt / 1000) };
    await onTable(table, `writing ${nameOf(key)}`, () =>
      table.client.send(
        new PutCommand({ TableName: table.tableName, Item: { ...key, ...packJson(nameOf(key), value), ...expiry } }),
      ),
    );
  },

  async putInRun(ref, run, kind, name, value) {
    const key = itemKey(ref, kind, name);
    const refusal = await conditional(table, `writing ${nameOf(key)}`, () =>
      table.client.send(
        new PutCommand({
          TableName: table.tableName,
          Item: { ...key, ...packJson(nameOf(key), value), run },
          ConditionExpression: "attribute_not_exists(#run) OR #run <= :run",
          ExpressionAttributeNames: { "#run": "run" },
          ExpressionAttributeValues: { ":run": run },
        }),
      ),
    );
    return refusal === undefined;
  },

  async remove(ref, kind, name) {
    const Key = itemKey(ref, kind, name);
    await onTable(table, `removing ${nameOf(Key)}`, () =>
      table.client.send(new DeleteCommand({ TableName: table.tableName, Key })),
    );
  },

  async takeLease(ref, name, holder, now, until) {
    const key = itemKey(ref, LEASE, name);
    const refusal = await conditional(table, `taking ${nameOf(key)}`, () =>
      table.client.send(
        new PutCommand({
          TableName: table.tableName,
          Item: { ...key, holder, leaseUntil: until, ...packJson(nameOf(key), { holder, until }) },
          // Its own too: renewed, or repeated by the client because the answer was lost.
          ConditionExpression: "attribute_not_exists(pk) OR leaseUntil <= :now OR holder = :holder",
          ExpressionAttributeValues: { ":now": now, ":holder": holder },
        }),
      ),
    );
    return refusal === undefined;
  },

  async releaseLease(ref: WaveRef, name: string, holder: string) {
    const Key = itemKey(ref, LEASE, name);
    // A lease that was over and taken by another is the other's to release.
    await conditional(table, `releasing ${nameOf(Key)}`, () =>
      table.client.send(
        new DeleteCommand({
          TableName: table.tableName,
          Key,
          ConditionExpression: "holder = :holder",
          ExpressionAttributeValues: { ":holder": holder },
        }),
      ),
    );
  },
});

/** Undefined: written. A failed condition is an answer, not a fault. */
const conditional = async (
  table: Documents,
  what: string,
  call: () => Promise<unknown>,
): Promise<ConditionalCheckFailedException | undefined> => {
  try {
    await onTable(table, what, call);
    return undefined;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return error;
    throw error;
  }
};
