import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey, PartitionMap } from "#core/kafka/topic-partition.ts";
import * as z from "#core/schema.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { Commit } from "./ports/cluster.ts";
import type { WaveItems } from "./ports/wave-store.ts";

const commitsSchema = z.record(
  z.string(),
  z.strictObject({ offset: z.string().check(z.regex(/^\d+$/)), metadata: z.string() }),
);

/** How far one group's own move has come; kept with its offsets, so that a successor goes on where the last handler was. */
const progressSchema = z.strictObject({
  attempt: z.int(),
  /** When its client was told to stop, in ms; the group stands still from then on. */
  stoppedAt: z.optional(z.int()),
  /** Where it stood on the source when it was seen stopped: every partition of the wave, by commit or by its reset policy. */
  source: z.optional(commitsSchema),
  /** What was committed for it on the target. */
  target: z.optional(commitsSchema),
  /** What it held there before that was stored, ours too: a handler that died in between has not written over it. */
  earlier: z.optional(commitsSchema),
  movedAt: z.optional(z.int()),
  /** Its client was started on the source again: what was translated no longer counts, what was committed is still known as ours. */
  isBack: z.optional(z.boolean()),
  /** It was told to stop after it had been started on the source again, where it may not have joined yet. */
  mayJoin: z.optional(z.boolean()),
  /** Where it goes on on the source, by the roll-back of this id: stored before it is committed there. */
  back: z.optional(z.strictObject({ rollBack: z.string(), source: commitsSchema, target: commitsSchema })),
  /** What earlier attempts have left of this group on the target: ours, and to be overwritten. */
  left: z.optional(commitsSchema),
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
  if (progress?.attempt === attempt) return progress;
  const left = { ...progress?.left, ...progress?.target, ...progress?.back?.target };
  // What was stored to be committed may never have been: then what was there before still is.
  const earlier = progress?.earlier;
  return {
    attempt,
    ...(Object.keys(left).length > 0 && { left }),
    ...(earlier !== undefined && { earlier }),
  };
}

export const writeProgress = async (
  items: WaveItems,
  ref: WaveRef,
  group: string,
  progress: GroupProgress,
): Promise<void> => {
  await items.put(ref, "OFFSETS", group, progress);
};

export const storedCommits = <S extends Side>(commits: PartitionMap<Commit<S>>): z.output<typeof commitsSchema> =>
  Object.fromEntries([...commits].map(([key, { offset, metadata }]) => [key, { offset: offset.toString(), metadata }]));

export const loadedCommits = <S extends Side>(stored: z.output<typeof commitsSchema>): Map<PartitionKey, Commit<S>> =>
  new Map(
    Object.entries(stored).map(([key, { offset, metadata }]) => [
      key as PartitionKey,
      { offset: offsetOn<S>(BigInt(offset)) as OffsetOn<S>, metadata },
    ]),
  );

export const sameCommits = <S extends Side>(a: PartitionMap<Commit<S>>, b: PartitionMap<Commit<S>>): boolean =>
  a.size === b.size && [...a].every(([key, commit]) => b.get(key)?.offset === commit.offset);

/** Commits on the target that no attempt of this wave has put there. */
export const foreignCommits = (
  { target, earlier, left }: Pick<GroupProgress, "target" | "earlier" | "left">,
  present: PartitionMap<Commit<"target">>,
): readonly (readonly [PartitionKey, Commit<"target">])[] =>
  [...present].filter(([key, { offset }]) =>
    [target, earlier, left].every((ours) => ours?.[key]?.offset !== offset.toString()),
  );
