import { TransactionCanceledException } from "@aws-sdk/client-dynamodb";
import { TransactWriteCommand, type TransactWriteCommandInput } from "@aws-sdk/lib-dynamodb";
import { type Documents, onTable } from "./documents.ts";

export type TransactItems = NonNullable<TransactWriteCommandInput["TransactItems"]>;

/** DynamoDB's own limit of items in one transaction. */
export const TRANSACTION_ITEMS = 100;

/**
 * "conflict": another transaction was writing the same items at that moment, and nothing is known about conditions.
 * `failed` lists the positions of the items whose condition did not hold. Nothing was written in either case.
 */
export type TransactOutcome = "written" | "conflict" | { readonly failed: readonly number[] };

/** One TransactWriteItems; `token` makes a repeated request one effect. */
export const transact = async (
  table: Documents,
  what: string,
  token: string,
  TransactItems: TransactItems,
): Promise<TransactOutcome> => {
  try {
    await onTable(table, what, () =>
      table.client.send(new TransactWriteCommand({ TransactItems, ClientRequestToken: token })),
    );
    return "written";
  } catch (error) {
    if (error instanceof TransactionCanceledException) return outcomeOf(error);
    if (error instanceof Error && error.name === "TransactionInProgressException") return "conflict";
    throw error;
  }
};

const outcomeOf = (error: TransactionCanceledException): TransactOutcome => {
  const codes = (error.CancellationReasons ?? []).map((reason) => reason.Code);
  const failed = codes.flatMap((code, position) => (code === "ConditionalCheckFailed" ? [position] : []));
  if (failed.length > 0) return { failed };
  if (codes.some((code) => code !== undefined && BUSY.has(code))) return "conflict";
  throw error;
};

const BUSY = new Set(["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"]);
