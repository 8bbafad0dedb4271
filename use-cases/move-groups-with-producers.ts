import { OperatorFault } from "#core/fault.ts";
import type { PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Client, Group, WavePlan } from "#core/migration/migration.ts";
import { clientOf, groupsMovedWithProducers } from "./clients-of.ts";
import { refuseForeignOffsets } from "./foreign-offsets.ts";
import { groupPositions } from "./group-positions.ts";
import { type GroupProgress, loadedCommits, readProgress, storedCommits, writeProgress } from "./group-progress.ts";
import { readProved } from "./mirror-cursors.ts";
import type { Clock } from "./ports/clock.ts";
import type { Commit } from "./ports/cluster.ts";
import type { Deps, Estate } from "./ports/deps.ts";
import { proveCommits } from "./prove-commits.ts";
import { memberNames, seeGroupConsuming, seeGroupStopped } from "./see-group.ts";
import { settleAll } from "./settle-all.ts";
import type { StepContext } from "./step-context.ts";
import { type TranslatedPartition, translateForPlan } from "./translate-for-plan.ts";

/** Groups of clients that read and write: stopped in the freeze, translated when the mirror is drained, started with the producers. */

type Moving = { readonly group: Group; readonly client: Client };

const movingGroups = (plan: WavePlan): readonly Moving[] =>
  groupsMovedWithProducers(plan).flatMap((group) => {
    const client = clientOf(plan, group);
    return client === undefined ? [] : [{ group, client }];
  });

const LOOK_AGAIN_MILLISECONDS = 200;

/**
 * Before a freeze, each is seen at work where its client is told to be: one that was started a moment ago, by a thaw, would be seen
 * stopped before it has joined, and join afterwards. Answers a sentence on those that have not joined within the time that their
 * client takes to start, `atMost` so many ms; undefined where all are at work, or stopped by hand.
 */
export async function seeGroupsAtWork(
  clock: Clock,
  { source, clientSwitch }: Pick<Estate, "source" | "clientSwitch">,
  plan: WavePlan,
  atMost: number,
): Promise<string | undefined> {
  const begun = clock.now();
  const isAtWork = async ({ group, client }: Moving): Promise<boolean> => {
    const [described, position] = await Promise.all([
      source.groups.describe([group.id]),
      clientSwitch.position(client),
    ]);
    return position !== "source" || memberNames(described.get(group.id)) !== "";
  };
  const found = await settleAll(
    movingGroups(plan).map(async (one): Promise<readonly string[]> => {
      const { group, client } = one;
      while (!(await isAtWork(one))) {
        if (clock.now() - begun >= Math.min(client.startSeconds * 1000, atMost))
          return [
            `group ${group.id} has no member on the source, though client ${client.name} is told by parameter ${client.switch.ssm} to be there: it could join in the midst of the freeze; start it, or set the parameter to paused`,
          ];
        await clock.sleep(LOOK_AGAIN_MILLISECONDS);
      }
      return [];
    }),
  );
  return found.flat().length === 0 ? undefined : found.flat().join("; ");
}

export type StoppingGroup = Moving & {
  /** When, by the monotonic clock, it was first seen without a member and without a pending commit. */
  readonly left: Promise<number>;
  /** What it had committed when it was seen stopped. */
  readonly stopped: Promise<PartitionMap<Commit<"source">>>;
};

/** Watches each group stop on the source, while the freeze goes on beside it. */
export const watchGroupsStop = (
  context: StepContext,
  partitions: readonly TopicPartition[],
): readonly StoppingGroup[] =>
  movingGroups(context.plan).map(({ group, client }) => {
    const seen = Promise.withResolvers<number>();
    const bound = Math.max(1, client.stopSeconds);
    const stopped = seeGroupStopped(
      context,
      { cluster: context.estate.source, group, partitions },
      {
        seconds: bound,
        left: () => seen.resolve(context.monotonic()),
        fault: async (members, pending) =>
          new OperatorFault(
            `group ${group.id} has not stopped: client ${client.name}, which reads and writes, was told to ${bound} s ago by parameter ${client.switch.ssm}, and ${members === "" ? (pending ?? "it still commits, though it has no member") : `its members are still ${members}`}; see that it follows its parameter, or raise its stopSeconds`,
          ),
      },
    );
    const left = Promise.race([seen.promise, stopped.then(() => context.monotonic())]);
    // Both are awaited by the freeze; until then a failure must not end the process.
    left.catch(() => undefined);
    return { group, client, left, stopped };
  });

/** Where each stood when it was seen stopped: kept, since its move and its way back begin there. */
export async function storeStopped(
  { store }: Deps,
  context: StepContext,
  partitions: readonly TopicPartition[],
  groups: readonly StoppingGroup[],
  stoppedAt: number,
): Promise<void> {
  const { ref, attempt, estate } = context;
  await Promise.all(
    groups.map(async ({ group, stopped }) => {
      const committed = await stopped;
      const [before, source] = await Promise.all([
        readProgress(store.items, ref, group.id, attempt),
        groupPositions(estate.source, group, partitions, committed),
      ]);
      await writeProgress(store.items, ref, group.id, { ...before, stoppedAt, source: storedCommits(source) });
    }),
  );
}

/** A group whose position on the target is known, and not yet committed there. */
export type TranslatedGroup = {
  readonly group: Group;
  readonly progress: GroupProgress;
  readonly target: PartitionMap<Commit<"target">>;
  readonly partitions: readonly TranslatedPartition[];
};

/**
 * All of the source is on the target, up to `frontier`: so every position translates. While the mirror stops; where it then
 * has to drain again, this is done again.
 */
export async function translateGroups(
  deps: Deps,
  context: StepContext,
  partitions: readonly TopicPartition[],
  frontier: PartitionMap<bigint>,
): Promise<readonly TranslatedGroup[]> {
  const moving = movingGroups(context.plan);
  if (moving.length === 0) return [];
  const { items } = deps.store;
  const { estate, ref, attempt } = context;
  const proved = await readProved(items, { ...ref, attempt });
  return settleAll(
    moving.map(async ({ group, client }): Promise<TranslatedGroup> => {
      const progress = await readProgress(items, ref, group.id, attempt);
      const source = loadedCommits<"source">(progress.source ?? {});
      const [present, , translated] = await settleAll([
        refuseForeignOffsets({ cluster: estate.target, group, partitions }, progress),
        refuseIfComeBack(context, group, client, partitions, source),
        translateForPlan(estate, group, source, frontier, proved),
      ]);
      const trouble = [...translated.unresolved, ...translated.waits];
      if (trouble.length > 0)
        throw new OperatorFault(`the offsets of group ${group.id} do not translate: ${trouble.join("; ")}`);
      const target = storedCommits(translated.commits);
      return {
        group,
        progress: { ...progress, target, earlier: storedCommits(present), isBack: false },
        target: translated.commits,
        partitions: translated.partitions,
      };
    }),
  );
}

/** What it does on the source after it was seen stopped is not in its translation. */
async function refuseIfComeBack(
  { estate }: StepContext,
  group: Group,
  client: Client,
  partitions: readonly TopicPartition[],
  seen: PartitionMap<Commit<"source">>,
): Promise<void> {
  const { groups } = estate.source;
  const [described, committed] = await Promise.all([
    groups.describe([group.id]),
    groups.committed(group.id, partitions),
  ]);
  const members = memberNames(described.get(group.id));
  const moved = [...committed].filter(([key, commit]) => seen.get(key)?.offset !== commit.offset);
  if (members !== "" || moved.length > 0)
    throw new OperatorFault(
      `group ${group.id} came back on the source after it was seen stopped (${members === "" ? moved.map(([key, c]) => `${key} now ${c.offset}`).join(", ") : members}); find who runs ${client.name} besides its switch`,
    );
}

/** What is committed on the target is stored before, so that a thaw knows it for ours; then read back and compared. */
export async function commitGroups(
  { store }: Deps,
  context: StepContext,
  partitions: readonly TopicPartition[],
  translated: readonly TranslatedGroup[],
  frontier: PartitionMap<bigint>,
): Promise<void> {
  const { estate, ref } = context;
  if (translated.length === 0) return;
  await settleAll(translated.map(({ group, progress }) => writeProgress(store.items, ref, group.id, progress)));
  await context.stillMine();
  await settleAll(
    translated.map(async ({ group, progress, target }) => {
      await estate.target.groups.commit(group.id, target);
      const source = loadedCommits<"source">(progress.source ?? {});
      const to = { cluster: estate.target, group, partitions };
      await proveCommits(estate.source, to, source, target, async () => frontier);
    }),
  );
}

/** Each group seen consuming on the target, within the time that its client takes to start. */
export async function seeGroupsMoved(
  { store, clock }: Deps,
  context: StepContext,
  partitions: readonly TopicPartition[],
): Promise<void> {
  const { estate, ref, attempt } = context;
  await settleAll(
    movingGroups(context.plan).map(async ({ group, client }) => {
      const progress = await readProgress(store.items, ref, group.id, attempt);
      if (progress.movedAt !== undefined) return;
      const bound = Math.max(1, client.startSeconds);
      const on = { cluster: estate.target, group, partitions };
      await seeGroupConsuming(context, on, loadedCommits<"target">(progress.target ?? {}), {
        seconds: bound,
        fault: async () =>
          new OperatorFault(
            `group ${group.id} is not seen consuming on the target ${bound} s after client ${client.name} was started there; look at its log, its rights (topics, group, transactional ids) and its network path, or raise its startSeconds`,
          ),
      });
      const movedAt = clock.now();
      await context.stillMine();
      await writeProgress(store.items, ref, group.id, { ...progress, movedAt });
      const pauseSeconds = (movedAt - (progress.stoppedAt ?? movedAt)) / 1000;
      await context.note("GroupMoved", { group: group.id, client: client.name, pauseSeconds });
    }),
  );
}

/**
 * Its client was stopped on the target: what it has consumed there since the move it would consume again on the source. A
 * sentence that says so, or undefined.
 */
export async function consumedOnTarget(
  { store }: Deps,
  context: StepContext,
  partitions: readonly TopicPartition[],
): Promise<string | undefined> {
  const { estate, ref, attempt } = context;
  const found = await settleAll(
    movingGroups(context.plan).map(async ({ group, client }) => {
      const bound = Math.max(1, client.stopSeconds);
      const [committed, progress] = await settleAll([
        seeGroupStopped(
          context,
          { cluster: estate.target, group, partitions },
          {
            seconds: bound,
            fault: async (members, pending) =>
              new OperatorFault(
                `group ${group.id} has not stopped on the target: ${members === "" ? (pending ?? "it still commits there") : `its members are ${members}`}; stop ${client.name} there`,
              ),
          },
        ),
        readProgress(store.items, ref, group.id, attempt),
      ]);
      const given = loadedCommits<"target">(progress.target ?? {});
      return [...given].every(([key, commit]) => committed.get(key)?.offset === commit.offset)
        ? []
        : [
            `group ${group.id} has consumed there (${[...committed].map(([key, c]) => `${key} at ${c.offset}`).join(", ")})`,
          ];
    }),
  );
  return found.flat().length === 0 ? undefined : `${found.flat().join("; ")}, so it goes forward`;
}

/** They go on where they were on the source; what was committed for them on the target stays known as ours. */
export async function takeGroupsBack({ store }: Deps, context: StepContext): Promise<void> {
  const { ref, attempt } = context;
  await Promise.all(
    movingGroups(context.plan).map(async ({ group }) => {
      const { movedAt: _movedAt, ...progress } = await readProgress(store.items, ref, group.id, attempt);
      await writeProgress(store.items, ref, group.id, { ...progress, isBack: true });
    }),
  );
}
