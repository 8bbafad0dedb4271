import type { Context } from "aws-lambda";
import { UnreadableFault } from "#core/fault.ts";
import * as z from "#core/schema.ts";
import { announceJournal, type JournalRecord } from "#use-cases/announce-journal.ts";
import { countingAnnouncer } from "../journal-metrics.ts";
import { recordFunction } from "../metrics.ts";
import { observed, tell, tellFault } from "../telemetry.ts";
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

/** One wave by its names, several as a list. */
const wavesIn = (event: unknown) => {
  const records = eventSchema.safeParse(event).data?.Records ?? [];
  const waves = new Map(
    records.flatMap(({ dynamodb: { Keys } }) => {
      const ref = waveOfEventKey({ pk: Keys.pk.S, sk: Keys.sk.S });
      return ref === undefined ? [] : [[`${ref.migration}/${ref.wave}`, ref] as const];
    }),
  );
  const [only, ...others] = waves.values();
  return only !== undefined && others.length === 0 ? { ...only } : { waves: [...waves.keys()].join(" ") };
};

/**
 * New journal entries from the table's stream, announced in order. A wave that could not be announced comes again, with whatever
 * is behind it; one whose entry cannot be read does not, since it would keep every other wave waiting until it is too old: it
 * is told of and counted as a fault, and announced when it was restored and something follows.
 */
export const handler = observed(
  { about: wavesIn, outcome: ({ batchItemFailures }: Answer) => ({ failures: batchItemFailures.length }) },
  async (event: unknown, { functionName }: Pick<Context, "functionName">): Promise<Answer> => {
    const failures: { sequenceNumber: string; fault: unknown }[] = [];
    const records: JournalRecord[] = [];
    for (const { eventName, dynamodb } of eventSchema.parse(event).Records) {
      const sequenceNumber = dynamodb.SequenceNumber;
      const key = { pk: dynamodb.Keys.pk.S, sk: dynamodb.Keys.sk.S };
      if (eventName !== "INSERT" || !isEventKey(key)) continue;
      const ref = waveOfEventKey(key);
      if (ref !== undefined) records.push({ sequenceNumber, ref });
      else
        failures.push({
          sequenceNumber,
          fault: new UnreadableFault(`journal key ${key.pk} / ${key.sk} names no wave`),
        });
    }
    const counting = () => countingAnnouncer(announcer());
    if (records.length > 0)
      failures.push(...(await announceJournal({ store: waveStore(), announcer: counting(), clock, newId }, records)));
    const failed = new Map(failures.map(({ sequenceNumber, fault }) => [sequenceNumber, fault]));
    for (const { sequenceNumber, ref } of records)
      if (!failed.has(sequenceNumber)) tell("journal announced", { ...ref, sequenceNumber });
    for (const [sequenceNumber, fault] of failed) {
      const ref = records.find((record) => record.sequenceNumber === sequenceNumber)?.ref;
      tellFault("announcing the journal failed", fault, { ...ref, sequenceNumber });
    }
    const again = failures.filter(({ fault }) => !(fault instanceof UnreadableFault));
    if (again.length < failures.length) recordFunction(functionName, { Faults: failures.length - again.length });
    return { batchItemFailures: again.map(({ sequenceNumber }) => ({ itemIdentifier: sequenceNumber })) };
  },
);
