import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Group } from "#core/migration/migration.ts";
import { sameCommits } from "./group-progress.ts";
import type { Cluster, Commit, GroupDescription } from "./ports/cluster.ts";
import { postAnew } from "./post-anew.ts";
import type { StepContext } from "./step-context.ts";
import { unlessUnreachable } from "./unless-unreachable.ts";

/** A group on one side, as far as the wave's topics go. */
export type GroupOn<S extends Side> = {
  readonly cluster: Cluster<S>;
  readonly group: Group;
  readonly partitions: readonly TopicPartition[];
};

export const memberNames = (group: GroupDescription | undefined): string =>
  group?.members
    .map(
      (m) =>
        `${m.clientId} at ${m.host.replace(/^\//, "")}${m.groupInstanceId === undefined ? "" : ` (static member ${m.groupInstanceId})`}`,
    )
    .join(", ") ?? "";

/** No member, and two equal stable reads a settle period apart; answers what it has committed. */
export async function seeGroupStopped<S extends Side>(
  context: StepContext,
  { cluster, group, partitions }: GroupOn<S>,
  bound: {
    readonly seconds: number;
    /**
     * `members`: who is still there; empty where it has none and commits all the same. `pending`: why its offsets cannot be
     * read stably, if they cannot.
     */
    readonly fault: (members: string, pending?: string) => Promise<OperatorFault>;
    /** Told when it is first seen without a member and without a pending commit; from then on nothing may change. */
    readonly left?: () => void;
    /** Ordered again while it has members: a handler that lost its turn may have ordered otherwise since. */
    readonly again?: () => Promise<void>;
    /** Up to then, by the context's monotonic time, a client that was told to start a moment ago may yet join. */
    readonly mayJoinUntil?: number;
  },
): Promise<PartitionMap<Commit<S>>> {
  const { settleMilliseconds } = context.migration.policy;
  let seen: { at: number; commits: PartitionMap<Commit<S>> } | undefined;
  let described: GroupDescription | undefined;
  let pending: string | undefined;
  return context.waitFor(
    `group ${group.id} to stop on the ${cluster.side}`,
    bound.seconds,
    async () => {
      described = (await cluster.groups.describe([group.id])).get(group.id);
      if (described?.kind === "share")
        throw new OperatorFault(
          `group ${group.id} is a share group; its positions cannot be translated: ${postAnew("take it out of the wave")}`,
        );
      if ((described?.members.length ?? 0) > 0) {
        seen = undefined;
        if (bound.again !== undefined) {
          await context.stillMine();
          await bound.again();
        }
        return undefined;
      }
      if (context.monotonic() < (bound.mayJoinUntil ?? Number.NEGATIVE_INFINITY)) return undefined;
      const commits = await cluster.groups.committed(group.id, partitions).catch((error: unknown) => {
        // A transaction that is not over: a freeze must not end by a look that comes too early.
        if (!(error instanceof RetryableFault)) throw error;
        pending = error.message;
      });
      if (commits === undefined) {
        seen = undefined;
        return undefined;
      }
      pending = undefined;
      bound.left?.();
      if (seen === undefined || !sameCommits(seen.commits, commits)) {
        seen = { at: context.monotonic(), commits };
        return undefined;
      }
      return context.monotonic() - seen.at >= settleMilliseconds ? commits : undefined;
    },
    () => bound.fault(memberNames(described), pending),
  );
}

/** Progress from the committed offset, or standing at the end; not mere membership. */
export async function seeGroupConsuming<S extends Side>(
  context: StepContext,
  { cluster, group, partitions }: GroupOn<S>,
  from: PartitionMap<Commit<S>>,
  bound: { readonly seconds: number; readonly fault: () => Promise<OperatorFault> },
): Promise<void> {
  const { groups, log } = cluster;
  await context.waitFor(
    `group ${group.id} to consume on the ${cluster.side}`,
    bound.seconds,
    async () => {
      const [described, present, ends] = await Promise.all([
        groups.describe([group.id]),
        // One that commits in transactions is seldom without one under way.
        groups.committed(group.id, partitions).catch(unlessUnreachable),
        log.ends(partitions),
      ]);
      if (present === undefined) return undefined;
      if ((described.get(group.id)?.members.length ?? 0) === 0) return undefined;
      const hasProgressed = [...from].some(
        ([key, commit]) => (present.get(key)?.offset ?? commit.offset) > commit.offset,
      );
      const isAtEnd = [...from.keys()].every((key) => {
        const end = ends.get(key);
        return end !== undefined && (present.get(key)?.offset ?? 0n) >= end.lastStable;
      });
      return hasProgressed || isAtEnd ? true : undefined;
    },
    () => bound.fault(),
  );
}
