import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { _Record } from "@aws-sdk/client-dynamodb-streams";
import type { FunctionEntry } from "#functions/manifest.ts";
import { logLine } from "../../host/log-line.ts";

/** Writes where in the stream a record stands, and why it was given up, as the queue of failed records has it on AWS. */
export async function giveUp(
  o: { readonly stateDirectory: string; readonly entry: FunctionEntry },
  record: _Record,
  where: { readonly shardId: string; readonly reason: string },
): Promise<void> {
  const { Keys, SequenceNumber, ApproximateCreationDateTime: at } = record.dynamodb ?? {};
  const told = { ...where, sequenceNumber: SequenceNumber, keys: Keys, at: at?.toISOString() };
  logLine({ event: "stream-record-given-up", function: o.entry.name, shardId: where.shardId, reason: where.reason });
  await appendFile(join(o.stateDirectory, `failed-${o.entry.name}.jsonl`), `${JSON.stringify(told)}\n`);
}
