import { OperatorFault } from "#core/fault.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import {
  type PartitionKey,
  type PartitionMap,
  parsePartitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import { mirrorIdentity } from "#core/migration/sign-in.ts";
import { connectorCure, connectorProblem } from "#core/replication/connector-health.ts";
import { BEGIN_ANEW } from "#core/replication/loss-guard.ts";
import { windowLimits } from "#core/replication/observation-window.ts";
import {
  emptyReplicationWindow,
  foldReplication,
  judgeReplication,
  longestDelay,
  type PartitionReading,
  partitionsToReadBetween,
  type ReplicationSample,
  type ReplicationWindow,
  replicationWindowSchema,
} from "#core/replication/replication-window.ts";
import type { MirrorCursor } from "#core/verification/mirror-cursor.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { compareMirror, type LogEnds, type PartitionFinding } from "./compare-mirror.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import type { Finding, Measuring } from "./measuring.ts";
import { readCursors, writeCursors } from "./mirror-cursors.ts";
import type { Cluster, TopicDescription } from "./ports/cluster.ts";
import type { Direction } from "./ports/replicator.ts";
import { partitionsOf } from "./wave-topics.ts";
import { readWindow, windowOf } from "./windows.ts";

/** One direction's mirror, from the cluster that it reads to the one that it writes. */
export type Mirror<A extends Side, B extends Side> = {
  readonly direction: Direction;
  readonly upstream: Cluster<A>;
  readonly downstream: Cluster<B>;
  /** Which window of the policy judges it. */
  readonly window: "replication" | "observation";
  /** Where its comparison begins, per partition. */
  readonly begin: (partitions: readonly TopicPartition[]) => Promise<PartitionMap<MirrorCursor<A, B>>>;
  /** What a record is that the mirror did not write downstream. */
  readonly foreign: string;
  /**
   * Keeps what was found, and answers why that fails the check, or what else is to be said of it: the comparison goes on
   * behind. Without it foreign records fail the check until the comparison begins anew.
   */
  readonly remember?: (
    findings: readonly PartitionFinding[],
  ) => Promise<{ readonly fails?: string; readonly says?: string }>;
};

/** Of one record each, which the log reader asks for together. */
const READS_AT_ONCE = 64;

/** So far behind, in downstream records of one partition, the comparison says nothing about now. */
const COMPARED_WITHIN = 20_000n;

/** One sample of a mirror, folded into its window, and the comparison of what it wrote, gone on with. */
export async function sampleMirror<A extends Side, B extends Side>(
  measuring: Measuring,
  mirror: Mirror<A, B>,
): Promise<readonly Finding[]> {
  const { deps, row, migration, at } = measuring;
  const { items } = deps.store;
  const before = (await readWindow(items, row, mirror.direction, replicationWindowSchema)) ?? emptyReplicationWindow;
  const limits = {
    ...windowLimits(migration.policy, mirror.window),
    delayLimitMilliseconds: migration.policy.delayLimitSeconds * 1000,
  };
  const taken = await takeSample(measuring, mirror, before);
  const sample = "missing" in taken ? { at, missing: taken.missing } : taken.sample;
  const after = foldReplication(before, sample, limits);
  await items.put(row, "WINDOW", mirror.direction, windowOf(row, after));
  const delay = longestDelay(after, at);
  const judged = judgeReplication(after, at, limits);
  const reading =
    delay === undefined ? "" : `; longest delay ${(delay.delayMilliseconds / 1000).toFixed(1)} s (${delay.partition})`;
  const health: Finding = { check: "delay", verdict: judged.verdict, reason: `${judged.reason}${reading}` };
  if ("missing" in taken) return [health, { check: "content", verdict: "unknown", reason: taken.missing }];
  return [health, await compareContent(measuring, mirror, taken)];
}

type Taken<A extends Side, B extends Side> = {
  readonly sample: ReplicationSample;
  readonly partitions: readonly TopicPartition[];
  readonly frontier: PartitionMap<bigint>;
  readonly ends: LogEnds<A, B>;
};

async function takeSample<A extends Side, B extends Side>(
  { ref, row, migration, estate, plan, at, look }: Measuring,
  mirror: Mirror<A, B>,
  before: ReplicationWindow,
): Promise<Taken<A, B> | { readonly missing: string }> {
  const name = connectorName(ref, row.attempt, mirror.direction);
  try {
    const [up, down, status, frontier] = await Promise.all([
      look.topics(estate, mirror.upstream.side, plan.topics),
      look.topics(estate, mirror.downstream.side, plan.topics),
      estate.replicator.status(mirror.direction, name),
      estate.replicator.replicatedThrough(mirror.direction, name),
    ]);
    const uneven = unevenTopic(up, down);
    if (uneven !== undefined) throw new OperatorFault(uneven);
    if (status?.tasks.some(({ state }) => state === "FAILED") === true)
      // Connect leaves a failed task alone: once its cause is gone nobody else would start it.
      await estate.replicator.restartFailed(mirror.direction, name);
    const partitions = [...up.values()].flatMap(partitionsOf);
    const topics = new Map(
      [...up].flatMap(([topic, { id, partitions: count }]) => {
        const downstreamId = down.get(topic)?.id;
        return downstreamId === undefined
          ? []
          : [[topic, { upstreamId: id, downstreamId, partitions: count }] as const];
      }),
    );
    // Downstream first, as the comparison needs it: what it holds by then, upstream holds when it is asked afterwards.
    const to = await mirror.downstream.log.ends(partitions);
    const ends = { to, from: await mirror.upstream.log.ends(partitions) };
    const readings = await readPartitions(mirror, before, ends, frontier);
    const problem = connectorProblem(name, status);
    const cure = problem === undefined ? "" : connectorCure(problem, mirrorIdentity(migration, mirror.direction));
    const sample = {
      at,
      connectorProblem: problem === undefined ? undefined : `${problem}${cure}`,
      topics,
      partitions: readings,
    };
    return { sample, partitions, frontier, ends };
  } catch (error) {
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** The mirror carries the partitions that it began with, and would leave out those that came in mid-wave without a word. */
function unevenTopic(
  up: ReadonlyMap<string, TopicDescription>,
  down: ReadonlyMap<string, TopicDescription>,
): string | undefined {
  for (const [name, { partitions }] of up) {
    const others = down.get(name)?.partitions;
    if (others !== undefined && others !== partitions)
      return `topic ${name} has ${partitions} partitions where the mirror reads and ${others} where it writes: some were added in mid-wave; ${BEGIN_ANEW}: the next attempt begins on fresh topics`;
  }
  return undefined;
}

async function readPartitions<A extends Side, B extends Side>(
  mirror: Mirror<A, B>,
  before: ReplicationWindow,
  { from: up, to: down }: LogEnds<A, B>,
  through: PartitionMap<bigint>,
): Promise<PartitionMap<PartitionReading>> {
  const readings = new Map<PartitionKey, Omit<PartitionReading, "isCaughtUpByContent">>();
  for (const [key, upstream] of up) {
    const downstream = down.get(key);
    if (downstream !== undefined)
      readings.set(key, { upstream, downstreamEnd: downstream.highWatermark, replicatedThrough: through.get(key) });
  }
  const invisible = new Set<PartitionKey>();
  await mapConcurrently(partitionsToReadBetween(before, readings), READS_AT_ONCE, async (key) => {
    const ends = up.get(key);
    if (ends === undefined) return;
    const from = offsetOn<A>(through.get(key) ?? ends.logStart);
    const between = await mirror.upstream.log.read({
      partition: parsePartitionKey(key),
      from,
      // What came since the ends were read is no part of this sample.
      until: ends.lastStable,
      limit: 1,
      isolation: "read_committed",
    });
    if (between.records.length === 0) invisible.add(key);
  });
  return new Map([...readings].map(([key, reading]) => [key, { ...reading, isCaughtUpByContent: invisible.has(key) }]));
}

/** Nothing but the mirror writes downstream, shown record by record and never sampled. */
async function compareContent<A extends Side, B extends Side>(
  { deps, row }: Measuring,
  mirror: Mirror<A, B>,
  { partitions, frontier, ends }: Taken<A, B>,
): Promise<Finding> {
  const { items } = deps.store;
  const cursors = (await readCursors<A, B>(items, row, mirror.direction)) ?? (await mirror.begin(partitions));
  const compared = await compareMirror(
    { from: mirror.upstream.log, to: mirror.downstream.log },
    { cursors, frontier, ends },
  );
  const remembered = await mirror.remember?.(compared.findings);
  const isForgiven = mirror.remember !== undefined;
  const after = isForgiven
    ? new Map([...compared.cursors].map(([key, cursor]) => [key, { ...cursor, foreign: 0 }]))
    : compared.cursors;
  await writeCursors(items, row, mirror.direction, after);
  const total = (count: "matched" | "repeated" | "foreign" | "missing"): number =>
    [...after.values()].reduce((sum, cursor) => sum + cursor[count], 0);
  const bad = compared.findings
    .filter(({ kind }) => kind !== "repeated" && !(isForgiven && kind === "foreign"))
    .map((finding) => finding.reason);
  if (bad.length > 0)
    return { check: "content", verdict: "fail", reason: `${mirror.foreign}: ${bad.slice(0, 5).join("; ")}` };
  if (total("foreign") + total("missing") > 0)
    return {
      check: "content",
      verdict: "fail",
      reason: `${mirror.foreign}: ${total("foreign")} foreign and ${total("missing")} missing records were found since the comparison began; the journal names them. Correct what caused it, then resume, which compares anew`,
    };
  if (remembered?.fails !== undefined) return { check: "content", verdict: "fail", reason: remembered.fails };
  const behind = Math.max(0, ...[...compared.behind.values()].map(({ to }) => Number(to)));
  const counts = `${total("matched")} records equal, in order${total("repeated") > 0 ? `, ${total("repeated")} repeated by a restarted worker` : ""}${remembered?.says ?? ""}`;
  return BigInt(behind) > COMPARED_WITHIN
    ? {
        check: "content",
        verdict: "hold",
        reason: `${counts}; ${behind} records of one partition are not compared yet`,
      }
    : { check: "content", verdict: "pass", reason: counts };
}
