import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient, paginateQuery, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { callAws } from "#adapters/aws/call-aws.ts";
import { OperatorFault } from "#core/fault.ts";
import { ACTIVE_INDEX, FOUND_AS, type FoundAs } from "./table.ts";
import type { Item } from "./wave-row-item.ts";

export type Documents = { readonly client: DynamoDBDocumentClient; readonly tableName: string };

export const documents = (client: DynamoDBClient, tableName: string): Documents => ({
  tableName,
  client: DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } }),
});

/** Every call of the table goes through here: a missing table is named with its cure. */
export const onTable = async <T>({ tableName }: Documents, what: string, call: () => Promise<T>): Promise<T> => {
  try {
    return await callAws(`${what} in table ${tableName}`, call);
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException")
      throw new OperatorFault(
        `table ${tableName} does not exist here; expected Sluice's own table: deploy it first, or correct SLUICE_TABLE`,
        { cause: error },
      );
    throw error;
  }
};

/** Every item of a query, over all its pages. */
export const queryAll = (
  table: Documents,
  what: string,
  input: Omit<QueryCommandInput, "TableName">,
): Promise<Item[]> =>
  onTable(table, what, async () => {
    const items: Item[] = [];
    for await (const page of paginateQuery({ client: table.client }, { ...input, TableName: table.tableName }))
      items.push(...((page.Items ?? []) as Item[]));
    return items;
  });

/** From the index: keys only, and a moment late. */
export const foundAs = (table: Documents, as: FoundAs): Promise<Item[]> =>
  queryAll(table, `finding each ${as}`, {
    IndexName: ACTIVE_INDEX,
    KeyConditionExpression: "#as = :as",
    ExpressionAttributeNames: { "#as": FOUND_AS },
    ExpressionAttributeValues: { ":as": as },
  });
