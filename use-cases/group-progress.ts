import { z } from "zod";
import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey, PartitionMap } from "#core/kafka/topic-partition.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { Commit } from "./ports/cluster.ts";
import type { WaveItems } from "./ports/wave-store.ts";

const commitsSchema = z.record(z.string(), z.strictObject({ offset: z.string().regex(/^\d+$/), metadata: z.string() }));

/** How far one group's own move has come; kept with its offsets, so that a successor goes on where the last handler was. */
const progressSchema = z.strictObject({
  attempt: z.number().int(),
  /** When its client was told to stop, in ms; the group stands still from then on. */
  stoppedAt: z.number().int().optional(),
  /** Where it stood on the source when it was seen stopped: every partition of the wave, by commit or by its reset policy. */
  source: commitsSchema.optional(),
  /** What was committed for it on the target. */
  target: commitsSchema.optional(),
  /** What it held there before that was stored, ours too: a handler that died in between has not written over it. */
  earlier: commitsSchema.optional(),
  movedAt: z.number().int().optional(),
  /** Its client was started on the source again: what was translated no longer counts, what was committed is still known as ours. */
  isBack: z.boolean().optional(),
});
export type GroupProgress = z.output<typeof progressSchema>;

export async function readProgress(
  items: WaveItems,
  ref: WaveRef,
  group: string,
  attempt: number,
): Promise<GroupProgress> {
  const stored = await items.get(ref, "OFFSETS", group);
  const progress = stored === undefined ? undefined : progressSchema.parse(stored);
  return progress?.attempt === attempt ? progress : { attempt };
}

export const writeProgress = (items: WaveItems, ref: WaveRef, group: string, progress: GroupProgress): Promise<void> =>
  items.put(ref, "OFFSETS", group, progress);

export const storedCommits = <S extends Side>(commits: PartitionMap<Commit<S>>): z.output<typeof commitsSchema> =>
  Object.fromEntries([...commits].map(([key, { offset, metadata }]) => [key, { offset: offset.toString(), metadata }]));

export const loadedCommits = <S extends Side>(stored: z.output<typeof commitsSchema>): Map<PartitionKey, Commit<S>> =>
  new Map(
    Object.entries(stored).map(([key, { offset, metadata }]) => [
      key as PartitionKey,
      { offset: offsetOn<S>(BigInt(offset)) as OffsetOn<S>, metadata },
    ]),
  );

/** Whether a commit that the group has on the target is one of those that this wave gave it. */
export const isOurs = ({ target, earlier }: GroupProgress, key: PartitionKey, { offset }: Commit<Side>): boolean =>
  [target, earlier].some((commits) => commits?.[key]?.offset === offset.toString());

export const sameCommits = <S extends Side>(a: PartitionMap<Commit<S>>, b: PartitionMap<Commit<S>>): boolean =>
  a.size === b.size && [...a].every(([key, commit]) => b.get(key)?.offset === commit.offset);
