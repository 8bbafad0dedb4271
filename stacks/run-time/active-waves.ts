import { DescribeTableCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { tableName } from "../names.ts";

/** Waves of the stage that were started and did not end, held ones too; none where its table is gone, as after a removal that ended halfway. */
export async function activeWaves(client: DynamoDBClient, stage: string): Promise<readonly WaveRef[]> {
  const name = tableName(stage);
  try {
    await client.send(new DescribeTableCommand({ TableName: name }));
  } catch (error) {
    if (error instanceof Error && error.name === "ResourceNotFoundException") return [];
    throw error;
  }
  return dynamoWaveStore({ client, tableName: name }).activeWaves();
}
