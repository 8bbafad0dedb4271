import type { _Record } from "@aws-sdk/client-dynamodb-streams";

export type LambdaRecord = Readonly<Record<string, unknown>> & { readonly eventID: string };

/** A stream's record as Lambda hands it to a function: binary values as base64, the time in seconds. */
export function lambdaRecord(record: _Record, eventSourceARN: string, region: string): LambdaRecord {
  const { ApproximateCreationDateTime: at, ...change } = record.dynamodb ?? {};
  return {
    eventID: record.eventID ?? "",
    eventName: record.eventName,
    eventVersion: record.eventVersion,
    eventSource: "aws:dynamodb",
    awsRegion: region,
    dynamodb: {
      ...(at === undefined ? {} : { ApproximateCreationDateTime: Math.floor(at.getTime() / 1000) }),
      ...(asJson(change) as object),
    },
    eventSourceARN,
  };
}

function asJson(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (Array.isArray(value)) return value.map(asJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, asJson(inner)]));
}
