import { isWithin, type NameRange } from "#core/inventory/name-range.ts";
import type { SchemaUse } from "#core/inventory/schema.ts";
import { isUnknown, type Listing, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { code } from "../faults.ts";
import { fetchBytes } from "../fetch.ts";
import { completeBatches, keyAndValueOf, recordsOf, UnreadableBatch } from "../record-batch.ts";
import { endsOf } from "./ends.ts";
import { inChunks } from "./in-chunks.ts";
import { refusals } from "./refusal.ts";
import type { TopicPlace } from "./topic-places.ts";
import type { Asking } from "./topics.ts";

const source = "sampled records";
/** Writers with other schemas may write to other partitions; of each the last few records are looked at. */
const partitionsOfTopic = 4;
const recordsOfPartition = 25n;
const bytesOfPartition = 65_536;
/** Four mebibytes of answer at the most. */
const partitionsPerFetch = 64;

type Place = { readonly topic: string; readonly partition: number; readonly leader: number };
type Sampled = Place & { readonly offset: bigint; readonly end: bigint };
type Ids = { records: number; readonly keys: Set<number>; readonly values: Set<number> };

/** Which schema ids the last records of each topic carry, in keys and in values. Needs to READ them. */
export async function scanSchemaUse(
  o: Asking & { readonly places: OrUnknown<readonly TopicPlace[]>; readonly range: NameRange },
): Promise<Listing<SchemaUse>> {
  const readAt = Date.now();
  if (isUnknown(o.places)) return { source, readAt, items: [], gaps: [o.places] };
  const places = o.places.filter(
    ({ name, isInternal, errorCode }) => !isInternal && errorCode === code.none && isWithin(name, o.range),
  );
  const found = new Map<string, Ids>(
    places.map(({ name }) => [name, { records: 0, keys: new Set<number>(), values: new Set<number>() }]),
  );
  const refused = new Map<string, number>();
  const missed = new Map<string, Unknown>();
  const sampled = await lastOffsets(o, places, missed);
  const byLeader = Map.groupBy(sampled, ({ leader }) => leader);
  await Promise.all(
    [...byLeader].map(async ([leader, led]) => {
      for (const chunk of inChunks(led, partitionsPerFetch)) {
        const cutShort = await look(o, leader, chunk, { found, refused, missed });
        // Of several partitions a broker gives only the first a batch that is larger than was asked for, and the others nothing.
        for (const one of cutShort) await look(o, leader, [one], { found, refused, missed });
      }
    }),
  );
  for (const topic of [...refused.keys(), ...missed.keys()]) found.delete(topic);
  return {
    source,
    readAt,
    items: [...found]
      .map(([topic, { records, keys, values }]) => ({
        topic,
        sampledRecords: records,
        keyIds: [...keys].toSorted((a, b) => a - b),
        valueIds: [...values].toSorted((a, b) => a - b),
      }))
      .toSorted((a, b) => (a.topic < b.topic ? -1 : 1)),
    gaps: [
      ...refusals(
        source,
        { cluster: o.cluster, doing: "reading the last records of", resource: "topic", operation: "Read" },
        refused,
      ),
      ...sameReasons(missed),
    ],
  };
}

/** Where to begin, on a few partitions of each topic that hold records. */
async function lastOffsets(
  o: Asking,
  places: readonly TopicPlace[],
  missed: Map<string, Unknown>,
): Promise<readonly Sampled[]> {
  const ends = await endsOf(o.brokers, o.cluster, places, { withNewest: false });
  return places.flatMap(({ name: topic, partitions }) => {
    const holding = partitions.flatMap(({ partition, leader }): Sampled[] => {
      const known = ends.get(partitionKey({ topic, partition }))?.ends;
      if (known === undefined) return [];
      if (isUnknown(known)) {
        missed.set(topic, known);
        return [];
      }
      const { logStart, highWatermark: end } = known;
      const few = end - recordsOfPartition;
      return end > logStart ? [{ topic, partition, leader, offset: few > logStart ? few : logStart, end }] : [];
    });
    return holding.slice(0, partitionsOfTopic);
  });
}

type Into = {
  readonly found: ReadonlyMap<string, Ids>;
  readonly refused: Map<string, number>;
  readonly missed: Map<string, Unknown>;
};

/** Those of which no whole batch came are returned. */
async function look(o: Asking, leader: number, chunk: readonly Sampled[], into: Into): Promise<readonly Sampled[]> {
  const questions = chunk.map(({ topic, partition, offset }) => ({
    topic,
    partition,
    offset,
    maxBytes: bytesOfPartition,
    isCommittedOnly: false,
  }));
  const answer = await o.brokers.ask(leader, source, fetchBytes, questions);
  if (isUnknown(answer)) {
    for (const { topic } of chunk) into.missed.set(topic, answer);
    return [];
  }
  return chunk.filter((one) => {
    const fetched = answer.partitions.get(partitionKey(one));
    if (fetched === undefined) into.missed.set(one.topic, heldBack);
    else if (fetched.errorCode === code.none) return !take(one, fetched.bytes, into) && chunk.length > 1;
    // Out of range: retention took what stood there a moment ago.
    else if (fetched.errorCode !== code.offsetOutOfRange) into.refused.set(one.topic, fetched.errorCode);
    return false;
  });
}

/** Whether a whole batch was there. */
function take({ topic, partition, offset }: Sampled, bytes: Buffer, { found, missed }: Into): boolean {
  const ids = found.get(topic);
  if (ids === undefined) return true;
  let hasWhole = false;
  try {
    for (const batch of completeBatches(bytes)) {
      hasWhole = true;
      if (batch.isControl) continue;
      for (const record of recordsOf(batch)) {
        if (record.offset < offset) continue;
        const { key, value } = keyAndValueOf(record.content);
        ids.records++;
        add(ids.keys, key);
        add(ids.values, value);
      }
    }
  } catch (error) {
    if (!(error instanceof UnreadableBatch)) throw error;
    missed.set(topic, unknown(source, `records of ${topic}/${partition} cannot be read: ${error.message}`));
    return true;
  }
  return hasWhole;
}

const ID_BYTES = 5;
const add = (ids: Set<number>, bytes: Buffer | undefined): void => {
  if (bytes === undefined || bytes.length < ID_BYTES || bytes[0] !== 0) return;
  const id = bytes.readInt32BE(1);
  // Registries count from 1: what looks like 0 or less is a number of the application's own.
  if (id > 0) ids.add(id);
};

/** A silent broker is one reason for many topics. */
const sameReasons = (missed: ReadonlyMap<string, Unknown>): readonly Unknown[] => {
  const reasons = Map.groupBy(missed, ([, { unknown: reason }]) => reason.why);
  return [...reasons].flatMap(([why, topics]) => {
    const [, first] = topics[0] ?? [];
    if (first === undefined) return [];
    const names = topics.map(([topic]) => topic).toSorted();
    const shown = names.slice(0, 10).join(", ");
    const more = names.length > 10 ? ` and ${names.length - 10} more` : "";
    return [unknown(source, `which schema ids ${shown}${more} carry is not known: ${why}`, first.unknown.cure)];
  });
};

const heldBack = unknown(source, "the broker held records back, since Sluice is throttled there");
