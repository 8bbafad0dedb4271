import { OperatorFault } from "#core/fault.ts";
import { type OffsetOn, offsetOn, type Side } from "#core/kafka/offset.ts";
import {
  type PartitionKey,
  type PartitionMap,
  partitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import { compareTails, type Tail } from "#core/verification/tails.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import type { LogReader, PartitionEnds } from "./ports/cluster.ts";

export type DifferentTail<A extends Side, B extends Side> = {
  readonly partition: TopicPartition;
  /** What differs, as the predicate of "the to side …". */
  readonly reason: string;
  readonly lastVisible: { readonly from: OffsetOn<A> | undefined; readonly to: OffsetOn<B> | undefined };
};

export type TailsCompared<A extends Side, B extends Side> = {
  readonly different: readonly DifferentTail<A, B>[];
  /** Per partition the last visible record of the from side; undefined where it holds none. */
  readonly lastVisible: PartitionMap<OffsetOn<A> | undefined>;
};

/** Offsets read from the end at first; eight times as many each time they do not suffice. */
const firstTail = { from: 16n, to: 64n };
const growth = 8n;
/** A tail of more identical records, or a longer repeat, is called different with that reason. */
const longestTail = 262_144n;

/** Whether `to` holds the last visible records of `from`, for each partition. Ordinarily one read per partition and side. */
export const tailsEqual = async <A extends Side, B extends Side>({
  from,
  to,
  partitions,
  toMayHoldMore = false,
  maxConcurrency = 32,
}: {
  readonly from: LogReader<A>;
  readonly to: LogReader<B>;
  readonly partitions: readonly TopicPartition[];
  /** Containment in order is asked for, and not that both end alike: others may have written to `to`. */
  readonly toMayHoldMore?: boolean;
  readonly maxConcurrency?: number;
}): Promise<TailsCompared<A, B>> => {
  const [fromEnds, toEnds] = await Promise.all([from.ends(partitions), to.ends(partitions)]);
  const compared = await mapConcurrently(partitions, maxConcurrency, async (partition) => {
    const key = partitionKey(partition);
    return {
      key,
      partition,
      ...(await comparePartition(
        { log: from, partition, ends: endsOf(fromEnds, key) },
        { log: to, partition, ends: endsOf(toEnds, key) },
        toMayHoldMore,
      )),
    };
  });
  return {
    different: compared.flatMap(({ partition, reason, lastVisible }) =>
      reason === undefined ? [] : [{ partition, reason, lastVisible }],
    ),
    lastVisible: new Map(compared.map(({ key, lastVisible }) => [key, lastVisible.from])),
  };
};

type Log<S extends Side> = {
  readonly log: LogReader<S>;
  readonly partition: TopicPartition;
  readonly ends: PartitionEnds<S>;
};

const comparePartition = async <A extends Side, B extends Side>(from: Log<A>, to: Log<B>, toMayHoldMore: boolean) => {
  const length = { ...firstTail };
  let [fromTail, toTail] = await Promise.all([readTail(from, length.from), readTail(to, length.to)]);
  for (;;) {
    const compared = compareTails(fromTail, toTail, toMayHoldMore);
    const lastVisible = { from: fromTail.records.at(-1)?.offset, to: toTail.records.at(-1)?.offset };
    if (compared.kind === "equal") return { reason: undefined, lastVisible };
    if (compared.kind === "different") return { reason: compared.reason, lastVisible };
    length[compared.of] *= growth;
    if (length[compared.of] > longestTail)
      return {
        reason: `cannot be told from the other side within ${longestTail} offsets of its end: too many identical or invisible records`,
        lastVisible,
      };
    if (compared.of === "from") fromTail = await readTail(from, length.from);
    else toTail = await readTail(to, length.to);
  }
};

const readTail = async <S extends Side>({ log, partition, ends }: Log<S>, offsets: bigint): Promise<Tail<S>> => {
  const start = ends.lastStable - offsets;
  const isWhole = start <= ends.logStart;
  const from = isWhole ? ends.logStart : offsetOn<S>(start);
  if (from >= ends.lastStable) return { records: [], isWhole };
  const { records } = await log.read({ partition, from, until: ends.lastStable, isolation: "read_committed" });
  return { records, isWhole };
};

const endsOf = <S extends Side>(ends: PartitionMap<PartitionEnds<S>>, key: PartitionKey): PartitionEnds<S> => {
  const found = ends.get(key);
  if (found === undefined)
    throw new OperatorFault(`${key} has no ends on one side; create the partition there, or correct the wave's topics`);
  return found;
};
