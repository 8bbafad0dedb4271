import type { CreateTableCommandInput } from "@aws-sdk/client-dynamodb";

/** Seconds since the epoch; items that carry it are deleted some time after it. Only space is reclaimed by it: the clock decides what is over. */
export const TTL_ATTRIBUTE = "expiresAtSeconds";

/** Sparse: holds only items that carry `foundAs`, with their keys. It finds; base items, read consistently, decide. */
export const ACTIVE_INDEX = "active";
export const FOUND_AS = "foundAs";
export type FoundAs = "active-wave" | "migration";

/** The one table, as both homes create it. Its stream carries new images: journal entries are announced from it. */
export const tableDefinition = (name: string): CreateTableCommandInput => ({
  TableName: name,
  BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
    { AttributeName: FOUND_AS, AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: ACTIVE_INDEX,
      KeySchema: [
        { AttributeName: FOUND_AS, KeyType: "HASH" },
        { AttributeName: "pk", KeyType: "RANGE" },
      ],
      Projection: { ProjectionType: "KEYS_ONLY" },
    },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_IMAGE" },
});
