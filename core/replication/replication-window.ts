import { type PartitionKey, type PartitionMap, partitionKey } from "#core/kafka/topic-partition.ts";
import * as z from "#core/schema.ts";
import { delayMilliseconds, foldDelay, partitionDelaySchema } from "./delay.ts";
import { type GuardedPartition, type GuardedTopic, partitionLoss, topicLoss } from "./loss-guard.ts";
import {
  emptyWindow,
  foldWindow,
  type Judgement,
  judgeWindow,
  observationWindowSchema,
  type Reading,
  type WindowLimits,
} from "./observation-window.ts";

const instant = z.int().check(z.nonnegative());
const offset = z.string().check(z.regex(/^\d+$/));

const partitionStateSchema = z.strictObject({
  delay: partitionDelaySchema,
  /** The connector's stored offset plus one; null: none stored. */
  through: z.nullable(offset),
  logStart: offset,
  lastStable: offset,
  end: offset,
  /** Everything visible before it is mirrored: what the connector stored, or more where what follows was read and is not visible. */
  covered: offset,
  downstreamEnd: offset,
  /** Since when an open transaction has held the last stable offset where it is. */
  heldSince: z.nullable(instant),
});
type PartitionState = z.output<typeof partitionStateSchema>;

/** Everything that the replication gate (or, for the reverse mirror, the observation gate) remembers between ticks. */
export const replicationWindowSchema = z.strictObject({
  window: observationWindowSchema,
  topics: z.record(
    z.string(),
    z.strictObject({ upstreamId: z.string(), downstreamId: z.string(), partitions: z.int().check(z.positive()) }),
  ),
  partitions: z.record(z.string(), partitionStateSchema),
  /** The loss guard's finding; stays until a person begins a new window. */
  failure: z.nullable(z.strictObject({ at: instant, reason: z.string() })),
});
export type ReplicationWindow = z.output<typeof replicationWindowSchema>;

export const emptyReplicationWindow: ReplicationWindow = {
  window: emptyWindow,
  topics: {},
  partitions: {},
  failure: null,
};

export type PartitionReading = {
  readonly upstream: { readonly logStart: bigint; readonly lastStable: bigint; readonly highWatermark: bigint };
  /** High watermark downstream. */
  readonly downstreamEnd: bigint;
  /** Next offset to mirror as the connector stored it; undefined: nothing stored yet. */
  readonly replicatedThrough: bigint | undefined;
  /** Everything between `replicatedThrough` and the last stable offset was read, and none of it is visible. */
  readonly isCaughtUpByContent: boolean;
};

export type ReplicationSample =
  /** `at` in ms, taken before anything was read. */
  | { readonly at: number; readonly missing: string }
  | {
      readonly at: number;
      /** See `connectorProblem`. */
      readonly connectorProblem: string | undefined;
      readonly topics: ReadonlyMap<string, GuardedTopic>;
      readonly partitions: PartitionMap<PartitionReading>;
    };

export type ReplicationLimits = WindowLimits & { readonly delayLimitMilliseconds: number };

/** A transaction's marker, and one more: read even where the log goes on, or a topic of seldom transactions looks late for ever. */
const ALWAYS_READ = 2n;

/**
 * The partitions where both ends stand still, or lie next to each other, and the connector's offset is short of the end: it
 * ends in a marker or an aborted record, which the mirror never reaches, or the mirror is stuck. Only reading what lies
 * between tells.
 */
export const partitionsToReadBetween = (
  state: ReplicationWindow,
  partitions: PartitionMap<Omit<PartitionReading, "isCaughtUpByContent">>,
): readonly PartitionKey[] =>
  [...partitions].flatMap(([key, reading]) => {
    const before = state.partitions[key];
    if (before === undefined) return [];
    const isStill =
      BigInt(before.lastStable) === reading.upstream.lastStable && before.through === stored(reading.replicatedThrough);
    // What was deleted cannot be read; the loss guard or the delay judges it.
    const isThere = (reading.replicatedThrough ?? reading.upstream.logStart) >= reading.upstream.logStart;
    const gap = reading.upstream.lastStable - coveredBy(before, reading);
    return (isStill || gap <= ALWAYS_READ) && isThere && gap > 0n ? [key] : [];
  });

export const foldReplication = (
  state: ReplicationWindow,
  sample: ReplicationSample,
  limits: ReplicationLimits,
): ReplicationWindow => {
  const { lastAt } = state.window;
  if (state.failure !== null || (lastAt !== null && sample.at <= lastAt)) return state;
  const fold = (reading: Reading) => foldWindow(state.window, reading, limits);
  if ("missing" in sample)
    return { ...state, window: fold({ at: sample.at, kind: "missing", reason: sample.missing }) };

  const absent = absentPartitions(state, sample);
  if (absent !== undefined) return { ...state, window: fold({ at: sample.at, kind: "missing", reason: absent }) };

  const problems: string[] = sample.connectorProblem === undefined ? [] : [sample.connectorProblem];
  const losses: string[] = [];
  for (const [topic, now] of sample.topics) {
    // A topic may be called "constructor", which every object has.
    const before = Object.hasOwn(state.topics, topic) ? state.topics[topic] : undefined;
    if (before === undefined) continue;
    const loss = topicLoss(topic, before, now);
    if (loss !== undefined) losses.push(loss);
    if (before.partitions !== now.partitions)
      problems.push(`${topic} had ${before.partitions} partitions and now has ${now.partitions}`);
  }
  const partitions: Record<string, PartitionState> = {};
  for (const [key, reading] of sample.partitions) {
    const before = state.partitions[key];
    const now = nextState(before, reading, sample.at);
    partitions[key] = now;
    if (before !== undefined) {
      const loss = partitionLoss(key, guarded(before), guarded(now));
      if (loss !== undefined) losses.push(loss);
      if (wentBack(before, reading))
        problems.push(
          `${key}: the mirror went back from ${before.through} to ${reading.replicatedThrough ?? "nothing"}`,
        );
    }
    const late = lateness(key, now, sample.at, limits.delayLimitMilliseconds);
    if (late !== undefined) problems.push(late);
  }
  const topics = Object.fromEntries([...sample.topics].map(([topic, now]) => [topic, { ...now }]));
  const reasons = [...losses, ...problems];
  const window = fold(
    reasons.length === 0 ? { at: sample.at, kind: "good" } : { at: sample.at, kind: "bad", reason: firstOf(reasons) },
  );
  return {
    window,
    topics,
    partitions,
    failure: losses.length === 0 ? null : { at: sample.at, reason: firstOf(losses) },
  };
};

export const judgeReplication = (state: ReplicationWindow, now: number, limits: WindowLimits): Judgement =>
  state.failure === null ? judgeWindow(state.window, now, limits) : { verdict: "fail", reason: state.failure.reason };

/** The longest delay of any partition at `now`, in ms; undefined where one has no bound yet or nothing was sampled. */
export const longestDelay = (
  state: ReplicationWindow,
  now: number,
): { readonly partition: string; readonly delayMilliseconds: number } | undefined => {
  let longest: { partition: string; delayMilliseconds: number } | undefined;
  for (const [partition, { delay }] of Object.entries(state.partitions)) {
    const milliseconds = delayMilliseconds(delay, now);
    if (milliseconds === undefined) return undefined;
    if (longest === undefined || milliseconds > longest.delayMilliseconds)
      longest = { partition, delayMilliseconds: milliseconds };
  }
  return longest;
};

const nextState = (before: PartitionState | undefined, reading: PartitionReading, at: number): PartitionState => {
  const { logStart, lastStable, highWatermark } = reading.upstream;
  const covered = reading.isCaughtUpByContent ? lastStable : coveredBy(before, reading);
  const isHeld = highWatermark > lastStable;
  const wasHeldHere = before !== undefined && before.heldSince !== null && BigInt(before.lastStable) === lastStable;
  return {
    delay: foldDelay(before?.delay, { at, end: lastStable, through: covered }),
    through: stored(reading.replicatedThrough),
    logStart: String(logStart),
    lastStable: String(lastStable),
    end: String(highWatermark),
    covered: String(covered),
    downstreamEnd: String(reading.downstreamEnd),
    heldSince: isHeld ? (wasHeldHere ? before.heldSince : at) : null,
  };
};

const stored = (through: bigint | undefined): string | null => (through === undefined ? null : String(through));

type Covering = Pick<PartitionReading, "replicatedThrough" | "upstream">;

/** What was once proved by content stays proved while the connector does not go back. */
const coveredBy = (before: PartitionState | undefined, reading: Covering): bigint => {
  // A partition of which nothing was ever mirrored is covered up to where its log begins.
  const own = reading.replicatedThrough ?? reading.upstream.logStart;
  if (before === undefined || wentBack(before, reading)) return own;
  const earlier = BigInt(before.covered);
  return earlier > own ? earlier : own;
};

const wentBack = (before: PartitionState, reading: Covering): boolean =>
  before.through !== null &&
  (reading.replicatedThrough === undefined || reading.replicatedThrough < BigInt(before.through));

const guarded = (partition: PartitionState): GuardedPartition => ({
  logStart: BigInt(partition.logStart),
  end: BigInt(partition.end),
  covered: BigInt(partition.covered),
  downstreamEnd: BigInt(partition.downstreamEnd),
});

const lateness = (key: string, partition: PartitionState, at: number, limit: number): string | undefined => {
  const milliseconds = delayMilliseconds(partition.delay, at);
  if (milliseconds === undefined)
    return `${key}: the mirror is at ${partition.covered} and has not yet reached an end that was seen (now ${partition.lastStable})`;
  if (milliseconds > limit)
    return `${key}: the mirror is ${inSeconds(milliseconds)} late, more than ${inSeconds(limit)}`;
  // The delay does not see this: while the last stable offset stands still, the mirror seems to be at the end.
  const held = partition.heldSince === null ? 0 : at - partition.heldSince;
  if (held > limit)
    return `${key}: an open transaction has held the last stable offset at ${partition.lastStable} for ${inSeconds(held)}; end the transaction or its producer`;
  return undefined;
};

/** A sample that lacks a partition is no sample: the one that is not there may be the late one. */
const absentPartitions = (
  state: ReplicationWindow,
  sample: { readonly topics: ReadonlyMap<string, GuardedTopic>; readonly partitions: PartitionMap<unknown> },
): string | undefined => {
  if (sample.topics.size === 0) return "the sample holds no topic";
  const gone = Object.keys(state.topics).filter((topic) => !sample.topics.has(topic));
  const absent = [...sample.topics].flatMap(([topic, { partitions }]) =>
    Array.from({ length: partitions }, (_, partition) => partitionKey({ topic, partition })).filter(
      (key) => !sample.partitions.has(key),
    ),
  );
  const missing = [...gone, ...absent];
  return missing.length === 0 ? undefined : `the sample lacks ${firstOf(missing)}`;
};

const firstOf = (reasons: readonly string[]): string =>
  reasons.length <= 3 ? reasons.join("; ") : `${reasons.slice(0, 3).join("; ")}; and ${reasons.length - 3} more`;

const inSeconds = (milliseconds: number): string => `${Math.round(milliseconds / 100) / 10} s`;
