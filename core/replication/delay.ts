import * as z from "#core/schema.ts";

const instant = z.int().check(z.nonnegative());
const offset = z.string().check(z.regex(/^\d+$/));

/**
 * How late the mirror of one partition is: now − max{u ≤ now : end(u) ≤ through(now)}, where end(u) is where the upstream
 * log ended at u and through(now) is the next offset to mirror. Only ends that the mirror has not reached are kept.
 */
export const partitionDelaySchema = z.strictObject({
  /** The latest instant whose end the mirror has reached; null: none yet. */
  caughtUpAt: z.nullable(instant),
  through: offset,
  /** Ends not yet reached, with the last instant at which the log ended there; rising. */
  pending: z.array(z.tuple([instant, offset])),
});
export type PartitionDelay = z.output<typeof partitionDelaySchema>;

/** Beyond this many pending ends every other one is dropped, which can only make the delay look longer. */
const maxPending = 256;

export type DelaySample = {
  /** Taken before both readings, so that the delay is never made to look shorter. */
  readonly at: number;
  readonly end: bigint;
  readonly through: bigint;
};

export const foldDelay = (before: PartitionDelay | undefined, { at, end, through }: DelaySample): PartitionDelay => {
  // The mirror or the log went back: what it had reached says nothing any more.
  const isBack = before !== undefined && (through < BigInt(before.through) || end < lastEnd(before));
  const kept = before === undefined || isBack ? { caughtUpAt: null, pending: [] } : before;
  const ends: [number, string][] = [...kept.pending.filter(([, known]) => BigInt(known) !== end), [at, String(end)]];
  const reached = ends.filter(([, known]) => BigInt(known) <= through);
  const pending = ends.slice(reached.length);
  return {
    caughtUpAt: reached.at(-1)?.[0] ?? kept.caughtUpAt,
    through: String(through),
    // The first pending end is kept whatever is dropped: it is the next that the mirror will reach.
    pending: pending.length > maxPending ? pending.filter((_, i) => i % 2 === 0) : pending,
  };
};

/** In ms; undefined: the mirror has reached no end that was seen, so there is no upper bound. */
export const delayMilliseconds = (delay: PartitionDelay, now: number): number | undefined =>
  delay.caughtUpAt === null ? undefined : Math.max(0, now - delay.caughtUpAt);

const lastEnd = (delay: PartitionDelay): bigint => BigInt(delay.pending.at(-1)?.[1] ?? 0);
