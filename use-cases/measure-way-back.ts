import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { type PartitionKey, type PartitionMap, parsePartitionKey } from "#core/kafka/topic-partition.ts";
import type { Group } from "#core/migration/migration.ts";
import { connectorProblem } from "#core/replication/connector-health.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { MOVED_PRODUCERS, type Phase } from "#core/wave/lifecycle.ts";
import { mayThawForward } from "#core/wave/may-thaw-forward.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { translateBack } from "./bring-groups-back.ts";
import { reverseOrigin } from "./compared-mirror.ts";
import { type GroupProgress, readProgress } from "./group-progress.ts";
import { lateWriters } from "./late-writers.ts";
import { readCursors } from "./mirror-cursors.ts";
import type { Commit } from "./ports/cluster.ts";
import type { Deps, Estate } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";
import { storedPositions } from "./stored-positions.ts";
import { carriedToSource, readTails, type SamePoint } from "./tails.ts";
import { unlessUnreachable } from "./unless-unreachable.ts";
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
export const isAway = (row: Pick<WaveRow, "phase" | "freeze">): boolean =>
  AWAY.includes(row.phase) || mayThawForward(row);

type Seen = Fact<"way-back">;
type GroupSeen = Seen["groups"][string];
type Position = GroupSeen["positions"][string];

/**
 * What a forced roll-back would work from, as long as the target can be asked: where both logs hold the same, what the target
 * has behind that, and where each moved group stands. Where it cannot be asked, what was seen last stays, why is said, and
 * the source alone tells how much of it has come there.
 */
export async function measureWayBack(
  deps: Deps,
  ref: WaveRef,
  row: WaveRow,
  { isDue = false }: { readonly isDue?: boolean } = {},
): Promise<void> {
  if (!isAway(row)) return;
  const { migration, plan } = await loadPlan(deps, ref);
  const { items } = deps.store;
  const stored = await readFact(items, ref, "way-back");
  const before = stored?.attempt === row.attempt ? stored : undefined;
  const at = deps.clock.now();
  const period = migration.policy.wayBackSampleSeconds * 1000;
  const hasProducers =
    MOVED_PRODUCERS.includes(row.phase) || mayThawForward(row) || row.rollBack?.hasMovedProducers === true;
  const isSettled = before !== undefined && before.targetProblem === undefined && before.hasProducers === hasProducers;
  if (!isDue && isSettled && at - before.at < period) return;
  const estate = await deps.estate(migration);
  try {
    const seen = await see(deps, estate, row, plan, hasProducers, before);
    await writeFact(items, ref, "way-back", { ...seen, attempt: row.attempt, at, seenAt: at, hasProducers });
  } catch (error) {
    const reason = await targetProblem(estate, plan.topics);
    if (before === undefined || reason === undefined) throw error;
    const carried = await carriedToSource(estate, loaded(before.tails));
    await writeFact(items, ref, "way-back", {
      ...before,
      at,
      targetProblem: before.targetProblem ?? { since: at, reason },
      tails: Object.fromEntries(
        Object.entries(before.tails).map(([key, tail]) => [
          key,
          { ...tail, carried: carried.get(key as PartitionKey)?.records ?? tail.carried },
        ]),
      ),
      groups: { ...(await movedSince(deps, row, plan.groups, before)), ...before.groups },
    });
  }
}

/** Why the target itself does not answer; whatever else failed is no reason to give it up. */
const targetProblem = (estate: Estate, topics: readonly string[]): Promise<string | undefined> =>
  estate.target.topics.describe(topics).then(
    () => undefined,
    (error: unknown) => {
      if (error instanceof RetryableFault) return error.message;
      // A right that is missing or a password that was changed is an answer.
      if (error instanceof OperatorFault) return undefined;
      throw error;
    },
  );

const loaded = (tails: Seen["tails"]) =>
  new Map(Object.entries(tails).map(([key, tail]) => [key as PartitionKey, tail]));

/** Groups that have moved since the target was last read: where they were put is all that is known of them. */
async function movedSince(
  { store }: Deps,
  row: WaveRow,
  groups: readonly Group[],
  before: Seen,
): Promise<Seen["groups"]> {
  const since: Seen["groups"] = {};
  for (const { id } of groups) {
    const progress = await readProgress(store.items, row, id, row.attempt);
    if (before.groups[id] !== undefined || progress.target === undefined || progress.isBack === true) continue;
    const positions = Object.keys(progress.target).map((key) => [key, atMove(progress, key)] as const);
    since[id] = {
      positions: Object.fromEntries(positions),
      problem: "it moved right before the target went away; what it has read there it reads again",
    };
  }
  return since;
}

const atMove = ({ source, target }: GroupProgress, key: string): Position => ({
  target: target?.[key]?.offset ?? "0",
  source: source?.[key]?.offset ?? "0",
  ahead: 0,
  repeats: 0,
});

async function see(
  deps: Deps,
  estate: Estate,
  row: WaveRow,
  { groups: groupsOfPlan }: { readonly groups: readonly Group[] },
  hasProducers: boolean,
  before: Seen | undefined,
): Promise<Pick<Seen, "tails" | "groups" | "reverseProblem">> {
  const points = await samePoints(deps, row, hasProducers);
  const late = hasProducers ? (await lateWriters(deps.store.items, row, row.attempt)).found.length : 0;
  const tails = await readTails(estate, points);
  const carried = await carriedToSource(estate, tails);
  const groups: Record<string, GroupSeen> = {};
  for (const group of groupsOfPlan) {
    const progress = await readProgress(deps.store.items, row, group.id, row.attempt);
    if (progress.target === undefined || progress.isBack === true) continue;
    const partitions = Object.keys(progress.target).map((key) => parsePartitionKey(key as PartitionKey));
    const committed = await estate.target.groups.committed(group.id, partitions);
    groups[group.id] = await positionsOf(
      estate,
      group,
      progress,
      committed,
      { tails, isProved: late === 0 && [...points.values()].every(({ isOdd }) => !isOdd) },
      before?.groups[group.id],
    );
  }
  const reverse = connectorName(row, row.attempt, "reverse");
  const reverseProblem = hasProducers
    ? // Workers that do not answer carry nothing, as far as anybody knows: the same as no connector.
      connectorProblem(reverse, await estate.replicator.status("reverse", reverse).catch(unlessUnreachable))
    : undefined;
  return {
    tails: Object.fromEntries(
      [...tails].map(([key, { source, target, records, identities, missing }]) => [
        key,
        { source, target, records, identities, missing, carried: carried.get(key)?.records ?? 0 },
      ]),
    ),
    groups,
    ...(reverseProblem !== undefined && { reverseProblem }),
  };
}

/** Up to where the running mirror was compared: before it both logs hold the same. None before its comparison has begun. */
async function samePoints(
  { store: { items } }: Deps,
  row: WaveRow,
  hasProducers: boolean,
): Promise<PartitionMap<SamePoint & { readonly isOdd: boolean }>> {
  if (hasProducers) {
    const cursors = (await readCursors<"target", "source">(items, row, "reverse")) ?? (await reverseOrigin(items, row));
    return mapped(cursors, (c) => ({
      source: c.toOffset,
      target: c.fromOffset,
      missing: c.missing,
      isOdd: c.foreign + c.missing + c.repeated > 0,
    }));
  }
  const cursors = (await readCursors<"source", "target">(items, row, "forward")) ?? new Map<PartitionKey, never>();
  return mapped(cursors, (c) => ({
    source: c.fromOffset,
    target: c.toOffset,
    missing: 0,
    isOdd: c.foreign + c.missing + c.repeated > 0,
  }));
}

const mapped = <T, U>(map: PartitionMap<T>, to: (value: T) => U): Map<PartitionKey, U> =>
  new Map([...map].map(([key, value]) => [key, to(value)]));

type Compared = { readonly tails: Awaited<ReturnType<typeof readTails>>; readonly isProved: boolean };

/** Behind the point a position is so many records of the tail; before it it is translated, once for each place. */
async function positionsOf(
  estate: Estate,
  group: Group,
  progress: GroupProgress,
  committed: PartitionMap<Commit<"target">>,
  { tails, isProved }: Compared,
  before: GroupSeen | undefined,
): Promise<GroupSeen> {
  const positions: Record<string, Position> = {};
  const moved = new Map<PartitionKey, Commit<"target">>();
  for (const [key, commit] of committed) {
    const known = before?.positions[key];
    const tail = tails.get(key);
    if (known !== undefined && known.ahead + known.repeats === 0 && known.target === `${commit.offset}`)
      positions[key] = known;
    else if (tail?.isCounted === true && commit.offset >= BigInt(tail.target))
      positions[key] = {
        target: `${commit.offset}`,
        source: tail.source,
        ahead: tail.offsets.filter((offset) => offset < commit.offset).length,
        repeats: 0,
      };
    else moved.set(key, commit);
  }
  if (moved.size === 0) return { positions };
  try {
    if ([...moved.keys()].some((key) => !tails.has(key))) throw new OperatorFault("the mirror was not compared yet");
    const back = await translateBack(estate, group, progress, moved, {
      // Both logs are bounded, since both may go on.
      direction: "forward",
      source: storedPositions(tails, ({ source }) => BigInt(source)),
      target: storedPositions(tails, ({ target }) => BigInt(target)),
      repeated: 0,
      ...(!isProved && { voidBecause: "the logs differ in what was repeated, or written late" }),
    });
    for (const [key, { offset }] of back.commits)
      positions[key] = { target: `${moved.get(key)?.offset}`, source: `${offset}`, ahead: 0, repeats: 0 };
    return { positions };
  } catch (error) {
    if (!(error instanceof OperatorFault)) throw error;
    for (const [key, commit] of moved) positions[key] = lastKnown(progress, key, commit, before?.positions[key]);
    return { positions, problem: error.message };
  }
}

/** Where it last stood that translates: what it has read since it would read again. */
function lastKnown(
  progress: GroupProgress,
  key: PartitionKey,
  { offset }: Commit<"target">,
  before: Position | undefined,
): Position {
  const bases = [before, atMove(progress, key)].filter((one): one is Position => one !== undefined);
  const base = bases.find(({ target }) => BigInt(target) <= offset) ?? atMove(progress, key);
  const since = offset - BigInt(base.target);
  return {
    target: `${offset}`,
    source: base.source,
    ahead: 0,
    repeats: base.repeats + base.ahead + Number(since > 0n ? since : 0n),
  };
}
