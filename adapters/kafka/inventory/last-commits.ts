import type { Group } from "#core/inventory/group.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { code, grant } from "../faults.ts";
import { fetchBytes } from "../fetch.ts";
import { completeBatches, keyAndValueOf, recordsOf, UnreadableBatch } from "../record-batch.ts";
import { endsOf } from "./ends.ts";
import { refusal } from "./refusal.ts";
import type { TopicPlace } from "./topic-places.ts";
import type { Asking } from "./topics.ts";

type LastCommit = Group["lastCommit"];

/** Of each partition of the offsets topic the last so many offsets are looked at: commits of hours or minutes, or all there are. */
const offsetsLookedAt = 5000n;
const bytesPerFetch = 1_048_576;
const fetchesPerPartition = 4;

const source = "__consumer_offsets";

type Looked = { readonly from: number; readonly commits: ReadonlyMap<string, number> };

/** When each group last committed, out of the end of Kafka's own offsets topic. Needs to READ it. */
export async function lastCommits(
  o: Asking & { readonly places: OrUnknown<readonly TopicPlace[]> },
): Promise<(group: string) => LastCommit> {
  if (isUnknown(o.places)) return () => notSeen(o);
  const place = o.places.find(({ name }) => name === source);
  if (place === undefined || place.partitions.length === 0) return () => notSeen(o);
  const ends = await endsOf(o.brokers, o.cluster, [place], { withNewest: false });
  const looked = await Promise.all(
    place.partitions.map(async ({ partition, leader }) => {
      const known = ends.get(partitionKey({ topic: source, partition }))?.ends ?? notSeen(o);
      return isUnknown(known) ? known : lookAt(o, { partition, leader, ...known });
    }),
  );
  return (group) => {
    const of = looked[partitionOf(group, place.partitions.length)] ?? notSeen(o);
    if (isUnknown(of)) return of;
    const at = of.commits.get(group);
    return at === undefined ? { before: of.from } : { at };
  };
}

async function lookAt(
  o: Asking,
  {
    partition,
    leader,
    logStart,
    highWatermark,
  }: {
    readonly partition: number;
    readonly leader: number;
    readonly logStart: bigint;
    readonly highWatermark: bigint;
  },
): Promise<OrUnknown<Looked>> {
  const commits = new Map<string, number>();
  let from: number | undefined;
  let offset = highWatermark - offsetsLookedAt;
  if (offset < logStart) offset = logStart;
  for (let n = 0; n < fetchesPerPartition && offset < highWatermark; n++) {
    const question = { topic: source, partition, offset, maxBytes: bytesPerFetch, isCommittedOnly: false };
    const answer = await o.brokers.ask(leader, source, fetchBytes, [question]);
    if (isUnknown(answer)) return answer;
    const fetched = answer.partitions.get(partitionKey({ topic: source, partition }));
    if (fetched === undefined) break;
    if (fetched.errorCode !== code.none) return refused(o, fetched.errorCode);
    let next = offset;
    try {
      for (const batch of completeBatches(fetched.bytes)) {
        next = batch.lastOffset + 1n;
        if (batch.isControl) continue;
        for (const { timestamp, content } of recordsOf(batch)) {
          const at = Number(timestamp);
          from = Math.min(from ?? at, at);
          const group = committingGroup(content);
          if (group !== undefined) commits.set(group, Math.max(commits.get(group) ?? 0, at));
        }
      }
    } catch (error) {
      if (error instanceof UnreadableBatch) return unknown(source, error.message);
      throw error;
    }
    if (next <= offset) break;
    offset = next;
  }
  // What was not reached is the newest.
  if (offset < highWatermark) return tooMuch;
  return { from: from ?? Date.now(), commits };
}

/** Whose commit it is. Key: version (int16, 0 or 1 for a commit), group, topic, partition; without a value a commit is taken away. */
function committingGroup(content: Buffer): string | undefined {
  const { key, value } = keyAndValueOf(content);
  if (key === undefined || value === undefined || key.length < 4 || key.readInt16BE(0) > 1) return undefined;
  return key.toString("utf8", 4, 4 + key.readInt16BE(2));
}

/** Where Kafka keeps a group: by Java's hash of its id. */
function partitionOf(group: string, partitions: number): number {
  let hash = 0;
  for (let i = 0; i < group.length; i++) hash = (Math.imul(31, hash) + group.charCodeAt(i)) | 0;
  // Java's smallest int has no absolute value; Kafka takes 0 for it.
  return (hash === -(2 ** 31) ? 0 : Math.abs(hash)) % partitions;
}

const refused = ({ cluster }: Asking, errorCode: number): Unknown =>
  refusal(
    source,
    {
      cluster,
      doing: "reading when groups last committed",
      needs: { resource: "topic", name: source, operation: "Read" },
    },
    errorCode,
  );

const tooMuch = unknown(source, "the commits of the last minutes are larger than what is looked at");

const notSeen = ({ cluster }: Asking): Unknown =>
  unknown(
    source,
    "the offsets topic is not there or may not be described, so that nothing tells when a group last committed",
    grant({ cluster, needs: { resource: "topic", name: source, operation: "Read" } }),
  );
