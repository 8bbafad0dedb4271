import { z } from "zod";
import { OperatorFault } from "#core/fault.ts";
import { announceJournal, type JournalRecord } from "#use-cases/announce-journal.ts";
import { logFault } from "../log-fault.ts";
import { announcer, clock, isEventKey, newId, waveOfEventKey, waveStore } from "../wire.ts";

const text = z.object({ S: z.string() });
/** Only keys are read: the journal itself is read from the table, consistently. */
const eventSchema = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      dynamodb: z.object({ SequenceNumber: z.string(), Keys: z.object({ pk: text, sk: text }) }),
    }),
  ),
});

type Answer = { readonly batchItemFailures: readonly { readonly itemIdentifier: string }[] };

/** New journal entries from the table's stream, announced in order; waves that failed are reported, and come again. */
export const handler = async (event: unknown): Promise<Answer> => {
  const failures: { sequenceNumber: string; fault: unknown }[] = [];
  const records: JournalRecord[] = [];
  for (const { eventName, dynamodb } of eventSchema.parse(event).Records) {
    const sequenceNumber = dynamodb.SequenceNumber;
    const key = { pk: dynamodb.Keys.pk.S, sk: dynamodb.Keys.sk.S };
    if (eventName !== "INSERT" || !isEventKey(key)) continue;
    const ref = waveOfEventKey(key);
    if (ref !== undefined) records.push({ sequenceNumber, ref });
    else failures.push({ sequenceNumber, fault: new OperatorFault(`journal key ${key.pk} / ${key.sk} names no wave`) });
  }
  if (records.length > 0)
    failures.push(...(await announceJournal({ store: waveStore(), announcer: announcer(), clock, newId }, records)));
  for (const { fault } of failures) logFault("announcing the journal", fault);
  return { batchItemFailures: failures.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
};
