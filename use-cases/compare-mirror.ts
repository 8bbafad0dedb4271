import { OperatorFault } from "#core/fault.ts";
import { type OffsetOn, offsetOn, type Side } from "#core/kafka/offset.ts";
import { recordIdentity } from "#core/kafka/record-identity.ts";
import {
  type PartitionKey,
  type PartitionMap,
  parsePartitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import { BEGIN_ANEW } from "#core/replication/loss-guard.ts";
import {
  foldMirror,
  type MirrorCursor,
  type MirrorFinding,
  type MirrorStep,
  type NextRecords,
} from "#core/verification/mirror-cursor.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import type { LogReader, PartitionEnds } from "./ports/cluster.ts";
import type { LogPair } from "./translate-offsets.ts";

export type MirrorComparison<A extends Side, B extends Side> = {
  readonly cursors: PartitionMap<MirrorCursor<A, B>>;
  readonly findings: readonly PartitionFinding[];
  /** Offsets up to each side's visible end that are not compared yet. */
  readonly behind: PartitionMap<{ readonly from: bigint; readonly to: bigint }>;
};

export type LogEnds<A extends Side, B extends Side> = {
  readonly from: PartitionMap<PartitionEnds<A>>;
  /** Read before those of `from`. */
  readonly to: PartitionMap<PartitionEnds<B>>;
};

export type PartitionFinding = {
  readonly partition: TopicPartition;
  /** `expired`: retention deleted records before they were compared; the comparison stands still until it is begun anew. */
  readonly kind: MirrorFinding["kind"] | "expired";
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly records: number;
  /** One clause for people: names the partition and the offsets. */
  readonly reason: string;
};

/** Offsets of one partition that take one small read on each side: so many partitions at once that a broker is asked for them together. */
const FEW = 256n;
const FEW_AT_ONCE = 64;
const MANY_AT_ONCE = 8;
/** Records compared per read: bounds memory, at two slices per partition at work. */
const sliceRecords = 16_384;
/**
 * How far back upstream, in offsets, a repeated record is looked for, in steps. A crashed worker repeats what it sent since
 * its last offset flush, at half a second some thousand records; a repeat from further back than the last step is called foreign.
 */
const lookBacks = [4096n, 32_768n, 262_144n] as const;

/**
 * Goes on comparing from each partition's cursor, at most about `maxRecords` downstream records per partition.
 * Used forward (nothing but the mirror writes downstream) and, after the cutover, in reverse (nobody writes to the source late).
 * Cursors begin (`beginMirrorCursor`) at log starts before the mirror starts, or at the watermarks.
 */
export const compareMirror = async <A extends Side, B extends Side>(
  { from, to }: LogPair<A, B>,
  {
    cursors,
    frontier,
    ends,
    maxRecords = 100_000,
  }: {
    readonly cursors: PartitionMap<MirrorCursor<A, B>>;
    /** The mirror's replicated-through, read before this call. */
    readonly frontier: PartitionMap<bigint>;
    /** Of these partitions, where they were just read. */
    readonly ends?: LogEnds<A, B>;
    readonly maxRecords?: number;
  },
): Promise<MirrorComparison<A, B>> => {
  const partitions = [...cursors.keys()].map(parsePartitionKey);
  // Downstream first: what it holds by then, upstream holds when it is asked afterwards.
  const toEnds = ends?.to ?? (await to.ends(partitions));
  const fromEnds = ends?.from ?? (await from.ends(partitions));
  const findings: PartitionFinding[] = [];
  const behind = new Map<PartitionKey, { from: bigint; to: bigint }>();
  const compare = async ([key, cursor]: readonly [PartitionKey, MirrorCursor<A, B>]) => {
    const partition = parsePartitionKey(key);
    const both = { from: endsOf(fromEnds, key), to: endsOf(toEnds, key) };
    const lost = expired(partition, cursor, both);
    const compared =
      lost === undefined
        ? await comparePartition(
            { from, to },
            partition,
            cursor,
            both,
            offsetOn<A>(frontier.get(key) ?? 0n),
            maxRecords,
          )
        : { cursor, findings: [lost] };
    findings.push(...compared.findings);
    behind.set(key, {
      from: both.from.lastStable - compared.cursor.fromOffset,
      to: both.to.lastStable - compared.cursor.toOffset,
    });
    return [key, compared.cursor] as const;
  };
  const isFew = ([key, { fromOffset, toOffset }]: readonly [PartitionKey, MirrorCursor<A, B>]): boolean =>
    endsOf(fromEnds, key).lastStable - fromOffset <= FEW && endsOf(toEnds, key).lastStable - toOffset <= FEW;
  const [few, many] = [[...cursors].filter(isFew), [...cursors].filter((one) => !isFew(one))];
  const moved = new Map([
    ...(await mapConcurrently(few, FEW_AT_ONCE, compare)),
    ...(await mapConcurrently(many, MANY_AT_ONCE, compare)),
  ]);
  // In the order in which they came.
  const after = [...cursors].map(([key, before]) => [key, moved.get(key) ?? before] as const);
  return { cursors: new Map(after), findings, behind };
};

type BothEnds<A extends Side, B extends Side> = { readonly from: PartitionEnds<A>; readonly to: PartitionEnds<B> };

const comparePartition = async <A extends Side, B extends Side>(
  logs: LogPair<A, B>,
  partition: TopicPartition,
  begun: MirrorCursor<A, B>,
  ends: BothEnds<A, B>,
  frontier: OffsetOn<A>,
  maxRecords: number,
): Promise<{ readonly cursor: MirrorCursor<A, B>; readonly findings: readonly PartitionFinding[] }> => {
  const findings: PartitionFinding[] = [];
  let cursor = begun;
  for (let compared = 0; compared < maxRecords; ) {
    const [downstream, upstream] = await Promise.all([
      nextRecords(logs.to, partition, cursor.toOffset, ends.to),
      nextRecords(logs.from, partition, cursor.fromOffset, ends.from),
    ]);
    const step = await foldWithLookBack(
      logs.from,
      partition,
      cursor,
      upstream,
      downstream,
      frontier,
      ends.from.logStart,
    );
    findings.push(...step.findings.map((finding) => described(partition, finding)));
    const hasMoved = step.cursor.fromOffset > cursor.fromOffset || step.cursor.toOffset > cursor.toOffset;
    compared += downstream.records.length;
    cursor = step.cursor;
    if (!hasMoved || (downstream.isEnd && cursor.toOffset >= downstream.next)) break;
  }
  return { cursor, findings };
};

/** Looks further back as long as a record would be called foreign for want of it. */
const foldWithLookBack = async <A extends Side, B extends Side>(
  from: LogReader<A>,
  partition: TopicPartition,
  cursor: MirrorCursor<A, B>,
  upstream: NextRecords<A>,
  downstream: NextRecords<B>,
  frontier: OffsetOn<A>,
  logStart: OffsetOn<A>,
): Promise<MirrorStep<A, B>> => {
  let step = foldMirror(cursor, upstream, downstream, frontier);
  if (!step.needsRecent) return step;
  const earliest = cursor.since > logStart ? cursor.since : logStart;
  for (const lookBack of lookBacks) {
    const start = cursor.fromOffset - lookBack > earliest ? offsetOn<A>(cursor.fromOffset - lookBack) : earliest;
    const recent = new Set<string>();
    for (let next = start; next < cursor.fromOffset; ) {
      const slice = await from.read({
        partition,
        from: next,
        until: cursor.fromOffset,
        limit: sliceRecords,
        isolation: "read_committed",
      });
      for (const record of slice.records) recent.add(recordIdentity(record));
      next = slice.next;
    }
    step = foldMirror(cursor, upstream, downstream, frontier, recent);
    if (start === earliest || step.cursor.foreign === cursor.foreign) return step;
  }
  return step;
};

const nextRecords = async <S extends Side>(
  log: LogReader<S>,
  partition: TopicPartition,
  from: OffsetOn<S>,
  { lastStable }: PartitionEnds<S>,
): Promise<NextRecords<S>> => {
  if (from >= lastStable) return { records: [], next: from, isEnd: true };
  const slice = await log.read({
    partition,
    from,
    until: lastStable,
    limit: sliceRecords,
    isolation: "read_committed",
  });
  return { records: slice.records, next: slice.next, isEnd: slice.next >= lastStable };
};

const expired = <A extends Side, B extends Side>(
  partition: TopicPartition,
  cursor: MirrorCursor<A, B>,
  ends: BothEnds<A, B>,
): PartitionFinding | undefined => {
  const name = `${partition.topic}/${partition.partition}`;
  for (const [side, offset, { logStart, highWatermark }] of [
    ["upstream", cursor.fromOffset, ends.from],
    ["downstream", cursor.toOffset, ends.to],
  ] as const) {
    // Whoever reads on from there would wait for records that never come.
    if (highWatermark < offset)
      return {
        partition,
        kind: "expired",
        firstOffset: highWatermark,
        lastOffset: offset - 1n,
        records: Number(offset - highWatermark),
        reason: `${name}: the ${side} log ends at ${highWatermark}, and was compared up to ${offset}: it was cut, or its topic created again; ${BEGIN_ANEW}`,
      };
    if (logStart > offset)
      return {
        partition,
        kind: "expired",
        firstOffset: offset,
        lastOffset: logStart - 1n,
        records: Number(logStart - offset),
        reason: `${name}: retention deleted ${side} records ${offset} to ${logStart - 1n} before they were compared`,
      };
  }
  return undefined;
};

const described = (partition: TopicPartition, finding: MirrorFinding): PartitionFinding => {
  const range = finding.records === 1 ? `${finding.firstOffset}` : `${finding.firstOffset} to ${finding.lastOffset}`;
  const what = {
    foreign: `${finding.records} records downstream (offset ${range}) are no copy of what upstream holds next or held before: somebody else writes there`,
    missing: `${finding.records} records upstream (offset ${range}) have no copy downstream, though the mirror has passed them`,
    repeated: `${finding.records} records downstream (offset ${range}) repeat earlier ones: a worker of the mirror went back after a crash`,
  }[finding.kind];
  return { partition, ...finding, reason: `${partition.topic}/${partition.partition}: ${what}` };
};

const endsOf = <S extends Side>(ends: PartitionMap<PartitionEnds<S>>, key: PartitionKey): PartitionEnds<S> => {
  const found = ends.get(key);
  if (found === undefined)
    throw new OperatorFault(`${key} has no ends on one side; create the partition there, or correct the wave's topics`);
  return found;
};
