import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import { PutCommand } from "@aws-sdk/lib-dynamodb";
import { canonicalJson } from "#core/journal/canonical-json.ts";
import { type PlanHeader, planHeaderSchema } from "#core/planning/kept-plan.ts";
import type { Plan } from "#core/planning/plan.ts";
import type { PlanStore } from "#use-cases/ports/plan-store.ts";
import { readChunks, writeChunks } from "./chunks.ts";
import { type Documents, onTable, queryAll } from "./documents.ts";
import type { Key } from "./keys.ts";
import { nameOf, parseItem } from "./parse-item.ts";

const HEADER = "HEADER#";
const partition = (migration: string): string => `PLAN#${migration}`;
const headerKey = (migration: string, id: string): Key => ({ pk: partition(migration), sk: `${HEADER}${id}` });
/** By the hash too: of two plans that are proposed in one millisecond neither writes into the other. */
const chunkKeys =
  (migration: string, { id, hash }: Pick<PlanHeader, "id" | "hash">) =>
  (chunk: number): Key => ({
    pk: partition(migration),
    sk: `CHUNK#${id}#${hash}#${String(chunk).padStart(5, "0")}`,
  });

/** What reading plans takes, apart from what writes them: functions that only read carry no more. */
export const dynamoPlanReader = (table: Documents): Pick<PlanStore, "headers" | "plan"> => ({
  async headers(migration) {
    const items = await queryAll(table, `listing the plans of ${migration}`, {
      KeyConditionExpression: "pk = :pk AND begins_with(sk, :sk)",
      ExpressionAttributeValues: { ":pk": partition(migration), ":sk": HEADER },
      ConsistentRead: true,
      ScanIndexForward: false,
    });
    return items.map(({ pk, sk, header }) => parseItem(planHeaderSchema, { pk, sk }, header));
  },

  async plan(migration, header) {
    const text = await readChunks(table, chunkKeys(migration, header), header.piece, {
      what: `Plan ${header.id} of ${migration}`,
      cure: `propose it anew with POST /migrations/${migration}/plan`,
    });
    return JSON.parse(text) as Plan;
  },
});

export const dynamoPlanStore = (table: Documents): PlanStore => {
  const put = async (migration: string, header: PlanHeader, before?: PlanHeader): Promise<boolean> => {
    const key = headerKey(migration, header.id);
    const condition =
      before === undefined
        ? { ConditionExpression: "attribute_not_exists(pk)" }
        : {
            ConditionExpression: "#header.#version = :version",
            ExpressionAttributeNames: { "#header": "header", "#version": "version" },
            ExpressionAttributeValues: { ":version": before.version },
          };
    const Item = { ...key, header: parseItem(planHeaderSchema, key, header) };
    try {
      await onTable(table, `writing ${nameOf(key)}`, () =>
        table.client.send(new PutCommand({ TableName: table.tableName, Item, ...condition })),
      );
      return true;
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return false;
      throw error;
    }
  };
  return {
    ...dynamoPlanReader(table),

    async save(migration, kept, plan) {
      const { piece } = await writeChunks(table, chunkKeys(migration, kept), 0, canonicalJson(plan));
      const header = { ...kept, piece, version: 0 };
      return (await put(migration, header)) ? header : undefined;
    },

    amend: (migration, before, after) => {
      const { approval: _, ...rest } = before;
      return put(migration, { ...rest, ...after, version: before.version + 1 }, before);
    },
  };
};
