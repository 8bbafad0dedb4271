import { setTimeout as sleep } from "node:timers/promises";
import { leaveGroupV4, offsetCommitV8, offsetFetchV7 } from "@platformatic/kafka";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import {
  type PartitionKey,
  type PartitionMap,
  parsePartitionKey,
  partitionKey,
  type TopicPartition,
} from "#core/kafka/topic-partition.ts";
import type { Commit, ConsumerGroups, GroupDescription } from "#use-cases/ports/cluster.ts";
import type { BrokerMetadata } from "./broker-metadata.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import type { Connections } from "./connections.ts";
import type { Coordinators } from "./coordinators.ts";
import { type Attempt, code, protocolFault } from "./faults.ts";
import { describeGroup } from "./group-description.ts";
import { byTopic } from "./leaders.ts";

/** One commit is one batch of the offsets topic, which must fit its message size. */
const partitionsPerCommit = 1000;
/** A broker that has not heard of a new topic yet says it is unknown; after this long it is. */
const missingTopicPatienceMilliseconds = 1000;
/** A client at work ends its transactions in milliseconds: a read that meets one is tried again before it says so. */
const pendingPatienceMilliseconds = 500;
const pendingPollMilliseconds = 10;

/** A commit of generation -1 is refused like this while the group has members, each kind of group in its own way. */
const hasMembersCodes: ReadonlySet<number> = new Set([
  code.unknownMemberId,
  code.illegalGeneration,
  code.rebalanceInProgress,
  code.staleMemberEpoch,
]);

export type GroupsParts = {
  readonly cluster: ClusterIdentity;
  readonly connections: Connections;
  readonly coordinators: Coordinators;
  readonly metadata: BrokerMetadata;
};

export function consumerGroups<S extends Side>(parts: GroupsParts): ConsumerGroups<S> {
  const { cluster, connections, coordinators } = parts;
  const attemptOn = (group: string, doing: string, operation: "Read" | "Describe"): Attempt => ({
    cluster,
    doing,
    needs: { resource: "group", name: group, operation },
  });
  /** Offsets need the right to the group and to each topic; the code tells which one is missing. */
  const offsetFault = (
    group: string,
    topic: string,
    doing: string,
    operation: "Read" | "Describe",
    errorCode: number,
  ) =>
    protocolFault(
      errorCode === code.groupAuthorizationFailed
        ? attemptOn(group, doing, operation)
        : { cluster, doing: `${doing} on topic ${topic}`, needs: { resource: "topic", name: topic, operation } },
      errorCode,
    );

  const describe = async (groups: readonly string[]): Promise<ReadonlyMap<string, GroupDescription>> => {
    const described = await Promise.all([...new Set(groups)].map((g) => describeGroup(parts, g)));
    return new Map(described.map((d) => [d.id, d]));
  };

  const committed: ConsumerGroups<S>["committed"] = async (group, partitions) => {
    const startedAt = Date.now();
    for (;;) {
      const { commits, pending } = await committedNow(group, partitions);
      if (pending.length === 0) return commits;
      if (Date.now() - startedAt >= pendingPatienceMilliseconds)
        throw new RetryableFault(
          `Group ${group} on the ${cluster.side} cluster has a transactional commit pending on ${pending.join(", ")}: its offsets are known when that transaction ends`,
        );
      await sleep(pendingPollMilliseconds);
    }
  };

  const committedNow = async (
    group: string,
    partitions: readonly TopicPartition[] | undefined,
  ): Promise<{ readonly commits: PartitionMap<Commit<S>>; readonly pending: readonly PartitionKey[] }> => {
    const doing = `reading the committed offsets of group ${group}`;
    const attempt = attemptOn(group, doing, "Describe");
    const topics =
      partitions && [...byTopic(partitions)].map(([name, indexes]) => ({ name, partitionIndexes: [...indexes] }));
    const answer = await coordinators.ask(
      group,
      attempt,
      (coordinator) =>
        connections.ask(
          coordinator,
          offsetFetchV7.api,
          [{ groupId: group, memberId: null, memberEpoch: -1, topics: topics ?? null }],
          true,
        ),
      (a) => [a.errorCode],
    );
    if (answer.errorCode !== code.none) throw protocolFault(attempt, answer.errorCode);
    const commits = new Map<PartitionKey, Commit<S>>();
    const pending: PartitionKey[] = [];
    for (const topic of answer.topics)
      for (const p of topic.partitions) {
        const key = partitionKey({ topic: topic.name, partition: p.partitionIndex });
        if (p.errorCode === code.unstableOffsetCommit) pending.push(key);
        // Nothing can be committed on a topic that is not there.
        else if (p.errorCode === code.unknownTopicOrPartition) continue;
        else if (p.errorCode !== code.none) throw offsetFault(group, topic.name, doing, "Describe", p.errorCode);
        else if (p.committedOffset >= 0n)
          commits.set(key, { offset: offsetOn<S>(p.committedOffset), metadata: p.metadata ?? "" });
      }
    return { commits, pending };
  };

  const membersFault = async (group: string): Promise<OperatorFault | RetryableFault> => {
    const { members } = await describeGroup(parts, group);
    if (members.length === 0)
      return new RetryableFault(
        `Group ${group} on the ${cluster.side} cluster refused a commit for a member that left since`,
      );
    const named = members.map((m) => `${m.clientId} (member ${m.groupInstanceId ?? m.memberId}) at ${m.host}`);
    return new OperatorFault(
      `Group ${group} on the ${cluster.side} cluster has members: ${named.join(", ")}. Its offsets can be set only while it is empty: stop these clients`,
    );
  };

  const commitOnce = async (
    group: string,
    offsets: readonly (readonly [TopicPartition, Commit<S>])[],
  ): Promise<void> => {
    const doing = `committing offsets of group ${group}`;
    const attempt = attemptOn(group, doing, "Read");
    const commitOf = new Map(offsets.map(([p, commit]) => [partitionKey(p), commit]));
    const topics = [...byTopic(offsets.map(([p]) => p))].map(([name, indexes]) => ({
      name,
      partitions: indexes.flatMap((partitionIndex) => {
        const commit = commitOf.get(partitionKey({ topic: name, partition: partitionIndex }));
        if (!commit) return [];
        return [
          {
            partitionIndex,
            committedOffset: commit.offset,
            committedLeaderEpoch: -1,
            committedMetadata: commit.metadata,
          },
        ];
      }),
    }));
    const startedAt = Date.now();
    for (;;) {
      const answer = await coordinators.ask(
        group,
        attempt,
        (coordinator) => connections.ask(coordinator, offsetCommitV8.api, group, -1, "", null, topics),
        (a) => a.topics.flatMap((t) => t.partitions.map((p) => p.errorCode)),
      );
      const refused = answer.topics
        .flatMap((t) => t.partitions.map((p) => ({ topic: t.name, errorCode: p.errorCode })))
        .find((p) => p.errorCode !== code.none);
      if (!refused) return;
      if (hasMembersCodes.has(refused.errorCode)) throw await membersFault(group);
      const isUnknown = refused.errorCode === code.unknownTopicOrPartition;
      if (!isUnknown || Date.now() - startedAt >= missingTopicPatienceMilliseconds)
        throw offsetFault(group, refused.topic, doing, "Read", refused.errorCode);
      await sleep(100);
    }
  };

  const commit: ConsumerGroups<S>["commit"] = async (group, offsets) => {
    const entries = [...offsets].map(([key, c]) => [parsePartitionKey(key), c] as const);
    for (let i = 0; i < entries.length; i += partitionsPerCommit)
      await commitOnce(group, entries.slice(i, i + partitionsPerCommit));
  };

  const removeMembers: ConsumerGroups<S>["removeMembers"] = async (group, members) => {
    if (members.length === 0) return;
    const doing = `removing members of group ${group}`;
    const attempt = attemptOn(group, doing, "Read");
    const answer = await coordinators.ask(
      group,
      attempt,
      (coordinator) =>
        connections.ask(
          coordinator,
          leaveGroupV4.api,
          group,
          // A static member is named by its instance; its member id may be one its client has lost since.
          members.map((m) =>
            m.groupInstanceId === undefined
              ? { memberId: m.memberId, groupInstanceId: null }
              : { memberId: "", groupInstanceId: m.groupInstanceId },
          ),
        ),
      (a) => [a.errorCode],
    );
    if (answer.errorCode !== code.none) throw protocolFault(attempt, answer.errorCode);
    // Unknown: it left by itself, or the first of two deliveries removed it.
    for (const member of answer.members)
      if (member.errorCode !== code.none && member.errorCode !== code.unknownMemberId)
        throw protocolFault(
          attemptOn(group, `${doing} (${member.groupInstanceId ?? member.memberId})`, "Read"),
          member.errorCode,
        );
  };

  return { describe, committed, commit, removeMembers };
}
