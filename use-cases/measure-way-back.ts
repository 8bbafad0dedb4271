import { OperatorFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { type PartitionKey, type PartitionMap, parsePartitionKey } from "#core/kafka/topic-partition.ts";
import type { Group } from "#core/migration/migration.ts";
import { connectorProblem } from "#core/replication/connector-health.ts";
import type { MirrorCursor } from "#core/verification/mirror-cursor.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { translateBack } from "./bring-groups-back.ts";
import { readProgress } from "./group-progress.ts";
import { readCursors } from "./mirror-cursors.ts";
import type { Commit } from "./ports/cluster.ts";
import type { Deps, Estate } from "./ports/deps.ts";
import type { WaveItems } from "./ports/wave-store.ts";
import { loadPlan } from "./run-step.ts";
import { loadedPositions, storedPositions } from "./stored-positions.ts";
import { type Fact, readFact, writeFact } from "./wave-facts.ts";

/** In these phases clients are on the target, or may be. */
const AWAY: readonly Phase[] = [
  "moving-consumers",
  "consumers-moved",
  "preparing-cutover",
  "cutover-ready",
  "producers-moved",
  "moving-producers",
  "rolling-back",
  "withdrawing",
];

type GroupSeen = Fact<"way-back">["groups"][string];
/** More than this is not counted one by one. */
const COUNTED = 50_000;

/**
 * What a forced roll-back would work from, as long as the target can be asked: each moved group's position on the source,
 * and what only the target has. Where it cannot be asked, what was seen last stays, and why is said.
 */
export async function measureWayBack(deps: Deps, ref: WaveRef, row: WaveRow): Promise<void> {
  if (!AWAY.includes(row.phase)) return;
  const { migration, plan } = await loadPlan(deps, ref);
  const { items } = deps.store;
  const stored = await readFact(items, ref, "way-back");
  const before = stored?.attempt === row.attempt ? stored : undefined;
  const at = deps.clock.now();
  if (
    before !== undefined &&
    before.targetProblem === undefined &&
    at - before.at < migration.policy.wayBackSampleSeconds * 1000
  )
    return;
  const estate = await deps.estate(migration);
  try {
    const hasProducers =
      row.phase === "producers-moved" || row.phase === "moving-producers" || row.rollBack?.hasMovedProducers === true;
    const point = await samePoint(items, ref, hasProducers);
    const groups: Record<string, GroupSeen> = {};
    for (const group of plan.groups) {
      const seen = await positionOf(deps, estate, row, ref, group, point, before?.groups[group.id]);
      if (seen !== undefined) groups[group.id] = seen;
    }
    const reverse = connectorName(ref, row.attempt, "reverse");
    const unmirrored = hasProducers ? await onlyOnTarget(estate, reverse, plan.topics) : {};
    const reverseProblem = hasProducers
      ? connectorProblem(reverse, await estate.replicator.status("reverse", reverse))
      : undefined;
    await writeFact(items, ref, "way-back", {
      attempt: row.attempt,
      at,
      seenAt: at,
      unmirrored,
      groups,
      ...(reverseProblem !== undefined && { reverseProblem }),
    });
  } catch (error) {
    const reason = await targetProblem(estate, plan.topics);
    if (before === undefined || reason === undefined) throw error;
    await writeFact(items, ref, "way-back", {
      ...before,
      at,
      targetProblem: before.targetProblem ?? { since: at, reason },
    });
  }
}

/** Why the target itself does not answer; whatever else failed is no reason to give it up. */
const targetProblem = (estate: Estate, topics: readonly string[]): Promise<string | undefined> =>
  estate.target.topics.describe(topics).then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );

type Point = Parameters<typeof translateBack>[4];

/** Up to where the running mirror was compared: before it both logs hold the same. */
async function samePoint(items: WaveItems, ref: WaveRef, hasProducers: boolean): Promise<Point | undefined> {
  if (!hasProducers) {
    const cursors = await readCursors<"source", "target">(items, ref, "forward");
    return (
      cursors &&
      pointOf(
        cursors,
        (c) => c.fromOffset,
        (c) => c.toOffset,
      )
    );
  }
  const cursors = await readCursors<"target", "source">(items, ref, "reverse");
  return (
    cursors &&
    pointOf(
      cursors,
      (c) => c.toOffset,
      (c) => c.fromOffset,
    )
  );
}

const pointOf = <C extends Pick<MirrorCursor<"source", "target">, "repeated" | "foreign" | "missing">>(
  cursors: PartitionMap<C>,
  source: (cursor: C) => bigint,
  target: (cursor: C) => bigint,
): Point => {
  const all = [...cursors.values()];
  const odd = all.reduce((sum, cursor) => sum + cursor.foreign + cursor.missing, 0);
  return {
    // Both logs are bounded, since both may go on.
    direction: "forward",
    source: storedPositions(cursors, source),
    target: storedPositions(cursors, target),
    repeated: all.reduce((sum, cursor) => sum + cursor.repeated, 0),
    ...(odd > 0 && { voidBecause: `${odd} foreign or missing records` }),
  };
};

async function positionOf(
  { store }: Deps,
  estate: Estate,
  row: WaveRow,
  ref: WaveRef,
  group: Group,
  point: Point | undefined,
  before: GroupSeen | undefined,
): Promise<GroupSeen | undefined> {
  const progress = await readProgress(store.items, ref, group.id, row.attempt);
  if (progress.target === undefined || progress.isBack === true) return undefined;
  const partitions = Object.keys(progress.target).map((key) => parsePartitionKey(key as PartitionKey));
  const committed = await estate.target.groups.committed(group.id, partitions);
  const target = storedPositions(committed, ({ offset }) => offset);
  if (before !== undefined && before.problem === undefined && before.repeats === 0 && isSame(before.target, target))
    return before;
  if (point === undefined) return { target, source: {}, repeats: 0, problem: "the mirror was not compared yet" };
  // What the group has read beyond the compared part is on its way: from there it would read again.
  const bounds = loadedPositions(point.target);
  let repeats = 0n;
  const clipped = new Map<PartitionKey, Commit<"target">>();
  for (const [key, commit] of committed) {
    const bound = bounds.get(key) ?? commit.offset;
    if (commit.offset > bound) repeats += commit.offset - bound;
    clipped.set(key, commit.offset > bound ? { ...commit, offset: offsetOn<"target">(bound) } : commit);
  }
  try {
    const back = await translateBack(estate, group, progress, clipped, point);
    return { target, source: storedPositions(back.commits, ({ offset }) => offset), repeats: Number(repeats) };
  } catch (error) {
    if (!(error instanceof OperatorFault)) throw error;
    return { target, source: before?.source ?? {}, repeats: before?.repeats ?? 0, problem: error.message };
  }
}

const isSame = (a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean =>
  Object.keys(a).length === Object.keys(b).length && Object.entries(a).every(([key, at]) => b[key] === at);

async function onlyOnTarget(
  estate: Estate,
  reverse: string,
  topics: readonly string[],
): Promise<Fact<"way-back">["unmirrored"]> {
  const through = await estate.replicator.replicatedThrough("reverse", reverse);
  const described = await estate.target.topics.describe(topics);
  const partitions = [...described.values()].flatMap(({ name, partitions: count }) =>
    Array.from({ length: count }, (_, partition) => ({ topic: name, partition })),
  );
  const ends = await estate.target.log.ends(partitions);
  const found: Fact<"way-back">["unmirrored"] = {};
  for (const [key, { lastStable, logStart }] of ends) {
    const from = through.get(key) ?? logStart;
    const records = from >= lastStable ? 0 : await countVisible(estate, key, from, lastStable);
    found[key] = { records, through: from.toString() };
  }
  return found;
}

async function countVisible(estate: Estate, key: PartitionKey, from: bigint, until: bigint): Promise<number> {
  if (until - from > COUNTED) return Number(until - from);
  let count = 0;
  for (let next = from; next < until; ) {
    const slice = await estate.target.log.read({
      partition: parsePartitionKey(key),
      from: offsetOn<"target">(next),
      until: offsetOn<"target">(until),
      isolation: "read_committed",
    });
    count += slice.records.length;
    if (slice.next <= next) break;
    next = slice.next;
  }
  return count;
}
