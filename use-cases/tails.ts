/** What the target holds behind the point up to which both logs were compared, and how much of it has come to the source. */
import { OperatorFault } from "#core/fault.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import { recordIdentity } from "#core/kafka/record-identity.ts";
import { type PartitionKey, type PartitionMap, parsePartitionKey } from "#core/kafka/topic-partition.ts";
import type { VisibleRecord } from "#core/kafka/visible-record.ts";
import { carried } from "#core/offsets/carried.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import type { LogReader } from "./ports/cluster.ts";
import type { Estate } from "./ports/deps.ts";
import type { Fact } from "./wave-facts.ts";

export type Tail = Fact<"way-back">["tails"][string];
export type SamePoint = { readonly source: bigint; readonly target: bigint; readonly missing: number };
/** `offsets`: where its records are on the target. Too many are not counted, and then none is known. */
type TailRead = Omit<Tail, "carried"> & { readonly offsets: readonly bigint[]; readonly isCounted: boolean };

/** More than this behind the point is not counted one by one. */
const COUNTED = 50_000n;
/** So many records of a wave are told apart by content: an item of the table holds them. */
const KNOWN_RECORDS = 4_000;
const CONCURRENCY = 8;

/** From each point to the target's end. */
export async function readTails(
  { target }: Pick<Estate, "target">,
  points: PartitionMap<SamePoint>,
): Promise<Map<PartitionKey, TailRead>> {
  const ends = await target.log.ends([...points.keys()].map(parsePartitionKey));
  const known = Math.max(1, Math.floor(KNOWN_RECORDS / Math.max(1, points.size)));
  return new Map(
    await mapConcurrently(points, CONCURRENCY, async ([key, point]) => {
      const end = ends.get(key);
      if (end === undefined) throw new OperatorFault(`${key} has no ends on the target; create it there again`);
      const records = await readBetween(target.log, key, point.target, end.lastStable);
      const tail: TailRead = {
        source: `${point.source}`,
        target: `${point.target}`,
        records: records?.length ?? Number(end.lastStable - point.target),
        identities: records?.slice(0, known).map(recordIdentity) ?? [],
        missing: point.missing,
        offsets: records?.map(({ offset }) => offset) ?? [],
        isCounted: records !== undefined,
      };
      return [key, tail] as const;
    }),
  );
}

export type Carried = {
  readonly records: number;
  /** Where the source goes on behind each of the first of them. */
  readonly behind: readonly bigint[];
};

/** Asks the source alone: the mirror writes in order, and nothing comes from a target that does not answer. */
export async function carriedToSource(
  { source }: Pick<Estate, "source">,
  tails: ReadonlyMap<PartitionKey, Pick<Tail, "source" | "records" | "identities">>,
): Promise<PartitionMap<Carried>> {
  const ends = await source.log.ends([...tails.keys()].map(parsePartitionKey));
  return new Map(
    await mapConcurrently(tails, CONCURRENCY, async ([key, tail]) => {
      const end = ends.get(key)?.lastStable ?? 0n;
      const there = tail.records === 0 ? [] : await readBetween(source.log, key, BigInt(tail.source), end);
      const behind = carried(
        tail.identities,
        (there ?? []).map((record) => ({ offset: record.offset, identity: recordIdentity(record) })),
      );
      if (behind.length < tail.identities.length) return [key, { records: behind.length, behind }] as const;
      // What comes behind those that are known is told apart no more: it is the mirror's, as long as there is enough of it.
      const last = behind.at(-1) ?? BigInt(tail.source);
      const further = there?.filter(({ offset }) => offset >= last).length ?? Number(end - last);
      return [key, { records: Math.min(tail.records, behind.length + further), behind }] as const;
    }),
  );
}

/** undefined: more than is counted. */
async function readBetween<S extends Side>(
  log: LogReader<S>,
  key: PartitionKey,
  from: bigint,
  until: bigint,
): Promise<readonly VisibleRecord<S>[] | undefined> {
  if (until - from > COUNTED) return undefined;
  const records: VisibleRecord<S>[] = [];
  for (let next = from; next < until; ) {
    const slice = await log.read({
      partition: parsePartitionKey(key),
      from: offsetOn<S>(next),
      until: offsetOn<S>(until),
      isolation: "read_committed",
    });
    records.push(...slice.records);
    if (slice.next <= next) break;
    next = slice.next;
  }
  return records;
}
