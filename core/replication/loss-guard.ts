/** What the guard compares of one partition, from one sample to the next. */
export type GuardedPartition = {
  /** First offset still there upstream. */
  readonly logStart: bigint;
  /** High watermark upstream. */
  readonly end: bigint;
  /** Everything visible before this offset is mirrored. */
  readonly covered: bigint;
  /** High watermark downstream. */
  readonly downstreamEnd: bigint;
};

export type GuardedTopic = {
  readonly upstreamId: string;
  readonly downstreamId: string;
  readonly partitions: number;
};

/** Why records of this partition may be lost, or undefined. Never to be waited out: the mirror itself skips such a gap without a word. */
export const partitionLoss = (
  partition: string,
  before: GuardedPartition,
  now: GuardedPartition,
): string | undefined => {
  if (now.end < before.end)
    return `${partition}: the upstream log ended at ${before.end} and now ends at ${now.end}; it was cut or created again`;
  if (now.downstreamEnd < before.downstreamEnd)
    return `${partition}: the downstream log ended at ${before.downstreamEnd} and now ends at ${now.downstreamEnd}; it was cut or created again`;
  if (now.logStart > before.covered)
    return `${partition}: the upstream log now begins at ${now.logStart}, beyond ${before.covered}, up to where it was mirrored; records between were deleted before they were seen mirrored`;
  return undefined;
};

/** What a person does where this attempt's mirror cannot go on. */
export const BEGIN_ANEW = "POST …/abort, or …/roll-back once consumers have moved, and then …/retry";

export const topicLoss = (topic: string, before: GuardedTopic, now: GuardedTopic): string | undefined => {
  if (now.upstreamId !== before.upstreamId)
    return `${topic} was deleted and created again upstream (id ${before.upstreamId}, now ${now.upstreamId}); ${BEGIN_ANEW}`;
  if (now.downstreamId !== before.downstreamId)
    return `${topic} was deleted and created again downstream (id ${before.downstreamId}, now ${now.downstreamId}); ${BEGIN_ANEW}`;
  return undefined;
};
