import { OperatorFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";
import {
  type PartitionKey,
  type PartitionMap,
  parsePartitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import type { ActiveProducer, Cluster, PartitionEnds } from "./ports/cluster.ts";
import type { StepContext } from "./step-context.ts";

type Sweep<S extends Side> = {
  readonly ends: PartitionMap<PartitionEnds<S>>;
  readonly producers: PartitionMap<readonly ActiveProducer[]>;
};

type Listening<S extends Side> = { readonly sweep: Sweep<S>; readonly begunAt: number; readonly doneAt: number };

/** What was proved silent, and since when, by the monotonic clock: before the first of the sweeps that heard nothing. */
export type Silence<S extends Side> = { readonly ends: PartitionMap<PartitionEnds<S>>; readonly since: number };

/**
 * Proof that nobody writes, by effect: on every partition the last stable offset equals the high watermark, no transaction
 * is open, and the ends stay the same for a quiet period. At the bound it names what still grows and who writes there.
 */
export async function proveSilence<S extends Side>(
  context: StepContext,
  cluster: Cluster<S>,
  partitions: readonly TopicPartition[],
  boundSeconds: number,
  cure: string | (() => Promise<string>),
): Promise<Silence<S>> {
  const quiet = context.migration.policy.quietMilliseconds;
  let first: Listening<S> | undefined;
  let noise: readonly string[] = [];
  return context.waitFor(
    `silence of the ${cluster.side}`,
    boundSeconds,
    async () => {
      const now = await listen(context, cluster, partitions);
      const heard = [...openIn(now.sweep), ...(first === undefined ? [] : growth(first.sweep, now.sweep))];
      if (heard.length > 0 || first === undefined) {
        if (heard.length > 0) noise = heard;
        first = now;
        return undefined;
      }
      // The quiet period counts from the end of the first sweep to the beginning of this one.
      return now.begunAt - first.doneAt >= quiet ? { ends: now.sweep.ends, since: first.begunAt } : undefined;
    },
    async () =>
      new OperatorFault(
        `the ${cluster.side} does not fall silent within ${boundSeconds} s: ${noise.join("; ") || "its ends kept changing"}; ${typeof cure === "string" ? cure : await cure()}`,
      ),
  );
}

/** One sweep: ends and producers of every partition. */
async function listen<S extends Side>(
  { monotonic }: StepContext,
  cluster: Cluster<S>,
  partitions: readonly TopicPartition[],
): Promise<Listening<S>> {
  const begunAt = monotonic();
  const [ends, producers] = await Promise.all([cluster.log.ends(partitions), cluster.activity.producers(partitions)]);
  return { sweep: { ends, producers }, begunAt, doneAt: monotonic() };
}

const openIn = <S extends Side>({ ends, producers }: Sweep<S>): string[] => {
  const found: string[] = [];
  for (const [key, active] of producers)
    for (const producer of active)
      if (producer.openTransactionFrom !== undefined)
        found.push(
          `${key} has a transaction open since offset ${producer.openTransactionFrom} by producer id ${producer.producerId}`,
        );
  for (const [key, end] of ends)
    if (end.lastStable !== end.highWatermark && !found.some((sentence) => sentence.startsWith(`${key} `)))
      found.push(`${key} is stable up to ${end.lastStable} only, of ${end.highWatermark}`);
  return found;
};

const growth = <S extends Side>(before: Sweep<S>, after: Sweep<S>): string[] =>
  [...after.ends].flatMap(([key, end]) => {
    const was = before.ends.get(key)?.highWatermark;
    return was === end.highWatermark
      ? []
      : [`${key} grew from ${was} to ${end.highWatermark}${writersOf(key, before, after)}`];
  });

const writersOf = <S extends Side>(key: PartitionKey, before: Sweep<S>, after: Sweep<S>): string => {
  const known = new Map(before.producers.get(key)?.map((p) => [p.producerId, p.lastTimestamp]));
  const all = after.producers.get(key) ?? [];
  // Those that stopped in time are listed too; only what is new since the sweep before is still written.
  const writing = all.filter((p) => known.get(p.producerId) !== p.lastTimestamp);
  const latest = [...(writing.length > 0 ? writing : all)]
    .sort((a, b) => Number(b.lastTimestamp - a.lastTimestamp))
    .slice(0, 3);
  if (latest.length === 0)
    return ` (its writer has no producer id; look at the clients of ${parsePartitionKey(key).topic})`;
  return ` (last written by producer id ${latest.map((p) => p.producerId).join(", ")})`;
};
