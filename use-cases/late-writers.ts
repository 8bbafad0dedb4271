import { partitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { PartitionFinding } from "./compare-mirror.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { WaveItems } from "./ports/wave-store.ts";
import { type Fact, readFact, writeFact } from "./wave-facts.ts";

export type LateWriters = Fact<"late-writers">;

/** What this attempt has found so far. */
export async function lateWriters(items: WaveItems, ref: WaveRef, attempt: number): Promise<LateWriters> {
  const stored = await readFact(items, ref, "late-writers");
  return stored?.attempt === attempt ? stored : { attempt, told: 0, found: [] };
}

export const lateRecords = ({ found }: Pick<LateWriters, "found">): number =>
  found.reduce((sum, { records }) => sum + records, 0);

/** Records that did not come through the reverse mirror, remembered with whoever writes there; each is found once. */
export async function rememberLateWriters(
  items: WaveItems,
  ref: WaveRef,
  attempt: number,
  source: Cluster<"source">,
  findings: readonly PartitionFinding[],
): Promise<LateWriters> {
  const known = await lateWriters(items, ref, attempt);
  const found = [...known.found];
  for (const { kind, partition, firstOffset, lastOffset, records } of findings) {
    const name = partitionKey(partition);
    // A tick that died before it stored how far it had compared finds the same again.
    const isKnown = found.some((one) => one.partition === name && BigInt(one.last) >= lastOffset);
    if (kind === "foreign" && !isKnown)
      found.push({
        partition: name,
        first: `${firstOffset}`,
        last: `${lastOffset}`,
        records,
        who: await whoWrites(source, partition),
      });
  }
  if (found.length === known.found.length) return known;
  const after = { ...known, found };
  await writeFact(items, ref, "late-writers", after);
  return after;
}

/** The mirror's own producer is among those that a broker remembers, and one without idempotence is not. */
async function whoWrites({ activity }: Cluster<"source">, partition: TopicPartition): Promise<string> {
  const producers = await activity.producers([partition]).then(
    (all) => all.get(partitionKey(partition)) ?? [],
    () => [],
  );
  if (producers.length === 0) return "its broker names no producer";
  const named = producers.map(
    ({ producerId, lastTimestamp }) => `${producerId} (last at ${new Date(Number(lastTimestamp)).toISOString()})`,
  );
  return `its broker names producer ids ${named.join(", ")}, the reverse mirror's among them`;
}

export const toldOf = (found: LateWriters["found"]): string =>
  found
    .map(({ partition, first, last, records, who }) =>
      records === 1
        ? `1 record on ${partition} at offset ${first} (${who})`
        : `${records} records on ${partition} at offsets ${first} to ${last} (${who})`,
    )
    .join("; ");

/** Per partition, the first offset on the source that holds a late writer's record. */
export function firstForeign(
  found: LateWriters["found"],
  findings: readonly PartitionFinding[] = [],
): Record<string, string> {
  const first: Record<string, bigint> = {};
  const all = [
    ...found.map((one) => ({ key: one.partition, at: BigInt(one.first) })),
    ...findings.flatMap(({ kind, partition, firstOffset }) =>
      kind === "foreign" ? [{ key: partitionKey(partition), at: firstOffset }] : [],
    ),
  ];
  for (const { key, at } of all) if (at < (first[key] ?? at + 1n)) first[key] = at;
  return Object.fromEntries(Object.entries(first).map(([key, at]) => [key, `${at}`]));
}
