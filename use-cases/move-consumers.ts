import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Client, Group } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { clientOf, groupsMovedFirst } from "./clients-of.ts";
import { refuseForeignOffsets } from "./foreign-offsets.ts";
import { groupPositions } from "./group-positions.ts";
import {
  type GroupProgress,
  loadedCommits,
  readProgress,
  sameCommits,
  storedCommits,
  writeProgress,
} from "./group-progress.ts";
import { readProved } from "./mirror-cursors.ts";
import type { Commit } from "./ports/cluster.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import { postAnew } from "./post-anew.ts";
import { proveCommits } from "./prove-commits.ts";
import { runStep, type StepOutcome } from "./run-step.ts";
import { seeGroupConsuming, seeGroupStopped } from "./see-group.ts";
import type { StepContext } from "./step-context.ts";
import { type PlannedOffsets, translateForPlan } from "./translate-for-plan.ts";
import { partitionsOf } from "./wave-topics.ts";

/** Step move-consumers: one group after the other, each with its own progress. */
export const moveConsumers = (deps: Deps, input: RunRef & { invocationEndsAt: number }): Promise<StepOutcome> =>
  runStep(deps, { ...input, step: "move-consumers" }, async (context, own) => {
    const topics = await context.estate.source.topics.describe(context.plan.topics);
    const partitions = [...topics.values()].flatMap(partitionsOf);
    const pauses: Record<string, number> = {};
    const groups = groupsMovedFirst(context.plan);
    for (const group of groups) pauses[group.id] = await moveGroup(own, context, group, partitions);
    return { groups: groups.map((group) => group.id), pauseSeconds: pauses };
  });

/** A group's own move, with its progress as stored. */
type GroupMove = {
  readonly context: StepContext;
  readonly group: Group;
  /** Absent for a group that is idle: nothing is stopped or started for it. */
  readonly client: Client | undefined;
  readonly partitions: readonly TopicPartition[];
  readonly progress: () => GroupProgress;
  readonly save: (change: Partial<GroupProgress>) => Promise<void>;
};

/** How long it stood still, in seconds. */
async function moveGroup(
  deps: Deps,
  context: StepContext,
  group: Group,
  partitions: readonly TopicPartition[],
): Promise<number> {
  const { items } = deps.store;
  const { ref, estate, plan } = context;
  const client = clientOf(plan, group);
  let progress = await readProgress(items, ref, group.id, context.attempt);
  const save = async (change: Partial<GroupProgress>): Promise<void> => {
    // A handler that lost its turn would store what it remembers over what its successor knows.
    await context.stillMine();
    progress = { ...progress, ...change };
    await writeProgress(items, ref, group.id, progress);
  };
  const move: GroupMove = { context, group, client, partitions, progress: () => progress, save };
  const pauseSeconds = (): number =>
    client === undefined
      ? 0
      : ((progress.movedAt ?? deps.clock.now()) - (progress.stoppedAt ?? deps.clock.now())) / 1000;

  if (progress.movedAt !== undefined) return pauseSeconds();
  if (progress.target === undefined || progress.isBack === true) await translateStopped(deps, move);
  else await refuseIfSourceMoved(move);
  const target = loadedCommits<"target">(progress.target ?? {});
  if (!(await hasMovedOn(move, target))) {
    await context.stillMine();
    await estate.target.groups.commit(group.id, target);
    await proveCommits(
      estate.source,
      { cluster: estate.target, group, partitions },
      loadedCommits<"source">(progress.source ?? {}),
      target,
      () => estate.replicator.replicatedThrough("forward", connectorName(ref, context.attempt, "forward")),
    );
  }
  if (client !== undefined) {
    await context.stillMine();
    await estate.clientSwitch.start(client, "target");
    await seeConsuming(move, client, target);
  }
  await save({ movedAt: deps.clock.now() });
  await context.note("GroupMoved", { group: group.id, client: client?.name ?? null, pauseSeconds: pauseSeconds() });
  return pauseSeconds();
}

/** Stopped, seen stopped, translated: what is to be committed on the target is stored before it is. */
async function translateStopped(deps: Deps, move: GroupMove): Promise<void> {
  const { context, group, client, partitions, save } = move;
  const { source: from } = context.estate;
  const { isBack, stoppedAt } = move.progress();
  if (stoppedAt === undefined || isBack === true)
    await save({ stoppedAt: deps.clock.now(), isBack: false, mayJoin: isBack === true });
  if (client !== undefined) {
    await context.stillMine();
    await context.estate.clientSwitch.stop(client);
  }
  const committed = await seeStopped(deps, move);
  const source = await groupPositions(from, group, partitions, committed);
  const translated = await translateWhenMirrored(deps, move, source);
  const to = { cluster: context.estate.target, group, partitions };
  const present = await refuseForeignOffsets(to, move.progress(), () => letGoOn(move));
  if (!sameCommits(await from.groups.committed(group.id, partitions), committed))
    throw new RetryableFault(
      `group ${group.id} committed on the source after it was seen stopped; it is looked at again`,
    );
  await save({
    source: storedCommits(source),
    target: storedCommits(translated.commits),
    earlier: storedCommits(present),
    isBack: false,
  });
  await context.note("GroupTranslated", {
    group: group.id,
    owner: group.owner,
    plan: group.plan,
    partitions: translated.partitions,
  });
}

/** Its client goes on where it was, and the wave holds: nobody stands still longer than a bound. */
async function letGoOn({ client, context, save }: GroupMove): Promise<string> {
  await save({ isBack: true });
  if (client === undefined) return "";
  await context.stillMine();
  await context.estate.clientSwitch.start(client, "source");
  return `; ${client.name} was started on the source again`;
}

/** Taken up after a crash: what was translated counts only while the group still stands where it was seen. */
async function refuseIfSourceMoved({ context, group, partitions, progress, save }: GroupMove): Promise<void> {
  const seen = loadedCommits<"source">(progress().source ?? {});
  const now = await context.estate.source.groups.committed(group.id, partitions);
  if ([...now].every(([key, commit]) => seen.get(key)?.offset === commit.offset)) return;
  await save({ isBack: true });
  throw new RetryableFault(`group ${group.id} committed on the source after it was translated; it is translated again`);
}

/** No member, and two equal stable reads a settle period apart. */
function seeStopped({ clock }: Deps, move: GroupMove): Promise<PartitionMap<Commit<"source">>> {
  const { context, group, client, partitions } = move;
  const { groupStopSeconds } = context.migration.policy;
  const { mayJoin, stoppedAt = 0 } = move.progress();
  const joinsWithin =
    mayJoin === true && client !== undefined ? stoppedAt + client.stopSeconds * 1000 - clock.now() : 0;
  return seeGroupStopped(
    context,
    { cluster: context.estate.source, group, partitions },
    {
      seconds: groupStopSeconds + Math.max(0, joinsWithin) / 1000,
      ...(joinsWithin > 0 && { mayJoinUntil: context.monotonic() + joinsWithin }),
      fault: async (members, pending) => {
        const goesOn = await letGoOn(move);
        if (members === "")
          return new OperatorFault(
            `${pending ?? `group ${group.id} still commits ${groupStopSeconds} s after it was told to stop, though it has no member: a client that assigns instead of subscribing; stop it`}${goesOn}`,
          );
        return new OperatorFault(
          client === undefined
            ? `group ${group.id} is not idle, though the wave names no client for it: its members are ${members}. Stop them, or ${postAnew("name their client in the wave")}`
            : `group ${group.id} has not stopped: client ${client.name} was told to ${groupStopSeconds} s ago by parameter ${client.switch.ssm}, and its members are still ${members}. See that they follow the parameter, or stop them by hand${goesOn}`,
        );
      },
    },
  );
}

async function translateWhenMirrored(
  deps: Deps,
  move: GroupMove,
  source: PartitionMap<Commit<"source">>,
): Promise<PlannedOffsets> {
  const { context, group } = move;
  const { replicator } = context.estate;
  const forward = connectorName(context.ref, context.attempt, "forward");
  const bound = context.migration.policy.mirrorCatchUpSeconds;
  let waits: readonly string[] = [];
  return context.waitFor(
    `the mirror to pass group ${group.id}`,
    bound,
    async () => {
      const frontier = await replicator.replicatedThrough("forward", forward);
      const translation = await translateForPlan(
        context.estate,
        group,
        source,
        frontier,
        await readProved(deps.store.items, { ...context.ref, attempt: context.attempt }),
      );
      if (translation.unresolved.length > 0)
        throw new OperatorFault(
          `the offsets of group ${group.id} do not translate: ${translation.unresolved.join("; ")}${await letGoOn(move)}`,
        );
      waits = translation.waits;
      return waits.length === 0 ? translation : undefined;
    },
    async () =>
      new OperatorFault(
        `the mirror does not pass the offsets of group ${group.id} within ${bound} s: ${waits.join("; ")}; look at connector ${forward}${await letGoOn(move)}`,
      ),
  );
}

/** Taken up after a crash: its client consumes on the target already, and its commits there must not be set back. */
async function hasMovedOn(
  { client, context, group, partitions, progress }: GroupMove,
  target: PartitionMap<Commit<"target">>,
): Promise<boolean> {
  const left = loadedCommits<"target">(progress().left ?? {});
  const { groups } = context.estate.target;
  if (client !== undefined && (await context.estate.clientSwitch.position(client)) === "target") return true;
  const [described, present] = await Promise.all([groups.describe([group.id]), groups.committed(group.id, partitions)]);
  return (
    (described.get(group.id)?.members.length ?? 0) > 0 ||
    [...target].some(([key, commit]) => {
      const at = present.get(key)?.offset ?? -1n;
      return at > commit.offset && at !== left.get(key)?.offset;
    })
  );
}

/** Progress from the translated offset, or standing at the end; not mere membership. */
function seeConsuming(move: GroupMove, client: Client, target: PartitionMap<Commit<"target">>): Promise<void> {
  const { context, group, partitions } = move;
  const bound = context.migration.policy.groupStartSeconds;
  return seeGroupConsuming(context, { cluster: context.estate.target, group, partitions }, target, {
    seconds: bound,
    fault: async () =>
      new OperatorFault(
        `group ${group.id} is not seen consuming on the target ${bound} s after client ${client.name} was started there; look at its log, its rights and its network path${await letGoBack(move, client, target)}`,
      ),
  });
}

/** Only a group that has touched nothing on the target may go on where it was. */
async function letGoBack(move: GroupMove, client: Client, target: PartitionMap<Commit<"target">>): Promise<string> {
  const { context, group, partitions } = move;
  const { groups } = context.estate.target;
  await context.stillMine();
  await context.estate.clientSwitch.stop(client);
  await context.sleep(context.migration.policy.settleMilliseconds);
  const [described, present] = await Promise.all([groups.describe([group.id]), groups.committed(group.id, partitions)]);
  const isUntouched = (described.get(group.id)?.members.length ?? 0) === 0 && sameCommits(present, target);
  return isUntouched
    ? letGoOn(move)
    : `; it stays stopped (parameter ${client.switch.ssm}), since it may have consumed there`;
}
