import { setTimeout as sleep } from "node:timers/promises";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { type PartitionKey, partitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";
import { addressKey, type BrokerAddress } from "./broker-address.ts";
import type { BrokerMetadata } from "./broker-metadata.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import { type Attempt, code, codeName, type NeededRight, protocolFault } from "./faults.ts";

/** What a leader said about one partition. */
export type LeaderAnswer<Value> = TopicPartition & {
  readonly errorCode: number;
  readonly brokerSays?: string | null;
  readonly value: Value;
};

type Question<Value> = {
  readonly partitions: readonly TopicPartition[];
  /** "looking up the ends", followed by the partition in a fault. */
  readonly doing: string;
  readonly operation: NeededRight["operation"];
  readonly ask: (
    leader: BrokerAddress,
    partitions: readonly TopicPartition[],
  ) => Promise<readonly LeaderAnswer<Value>[]>;
};

/** These say "ask the present leader", or "in a moment". */
const movingCodes: ReadonlySet<number> = new Set([
  code.unknownTopicOrPartition,
  code.leaderNotAvailable,
  code.notLeaderOrFollower,
  code.replicaNotAvailable,
  code.kafkaStorageError,
  code.fencedLeaderEpoch,
  code.unknownLeaderEpoch,
  code.offsetNotAvailable,
]);

/** A topic created a moment ago is not known to every broker yet; after this long a missing one is missing. */
const missingTopicPatienceMilliseconds = 1000;

/** Asks the leader of each partition, all leaders at once, and follows leaders that move until the time is up. */
export class Leaders {
  readonly #cluster: ClusterIdentity;
  readonly #metadata: BrokerMetadata;
  readonly #timeoutMilliseconds: number;

  constructor(cluster: ClusterIdentity, metadata: BrokerMetadata, timeoutMilliseconds: number) {
    this.#cluster = cluster;
    this.#metadata = metadata;
    this.#timeoutMilliseconds = timeoutMilliseconds;
  }

  async ask<Value>(question: Question<Value>): Promise<ReadonlyMap<PartitionKey, Value>> {
    const startedAt = Date.now();
    const answered = new Map<PartitionKey, Value>();
    let pending = new Map(question.partitions.map((p) => [partitionKey(p), p]));
    for (let round = 0; pending.size > 0; round++) {
      const faults = new Map<PartitionKey, OperatorFault | RetryableFault>();
      const byLeader = await this.#byLeader(question, pending.values(), faults);
      await Promise.all(
        [...byLeader.values()].map(async ({ leader, partitions }) => {
          try {
            for (const a of await question.ask(leader, partitions)) {
              if (a.errorCode === code.none) answered.set(partitionKey(a), a.value);
              else faults.set(partitionKey(a), this.#fault(question, a, a.errorCode, a.brokerSays));
              if (a.errorCode !== code.none && !movingCodes.has(a.errorCode))
                throw this.#fault(question, a, a.errorCode, a.brokerSays);
            }
          } catch (error) {
            if (!(error instanceof RetryableFault)) throw error;
            for (const p of partitions) if (!answered.has(partitionKey(p))) faults.set(partitionKey(p), error);
          }
        }),
      );
      pending = new Map([...pending].filter(([key]) => !answered.has(key)));
      if (pending.size === 0) break;
      const waited = Date.now() - startedAt;
      for (const [key, fault] of faults) {
        const patience = fault instanceof OperatorFault ? missingTopicPatienceMilliseconds : this.#timeoutMilliseconds;
        if (pending.has(key) && waited >= patience) throw fault;
      }
      if (waited >= this.#timeoutMilliseconds)
        throw new RetryableFault(
          `No answer about ${[...pending.keys()].join(", ")} from the ${this.#cluster.side} cluster`,
        );
      await sleep(Math.min(20 * 2 ** round, 500));
      await this.#metadata.refresh([...pending.values()].map((p) => p.topic));
    }
    return answered;
  }

  async #byLeader<Value>(
    question: Question<Value>,
    partitions: Iterable<TopicPartition>,
    faults: Map<PartitionKey, OperatorFault | RetryableFault>,
  ): Promise<Map<string, { leader: BrokerAddress; partitions: TopicPartition[] }>> {
    const all = [...partitions];
    const placements = await this.#metadata.placements(all.map((p) => p.topic));
    const byLeader = new Map<string, { leader: BrokerAddress; partitions: TopicPartition[] }>();
    for (const p of all) {
      const placement = placements.get(p.topic);
      const leaderId = placement?.leaders.get(p.partition);
      const leader = leaderId === undefined ? undefined : this.#metadata.address(leaderId);
      if (leader) {
        const group = byLeader.get(addressKey(leader)) ?? { leader, partitions: [] };
        group.partitions.push(p);
        byLeader.set(addressKey(leader), group);
        continue;
      }
      const errorCode =
        placement && placement.errorCode !== code.none
          ? placement.errorCode
          : leaderId === undefined
            ? code.unknownTopicOrPartition
            : code.leaderNotAvailable;
      if (!movingCodes.has(errorCode)) throw this.#fault(question, p, errorCode);
      faults.set(partitionKey(p), this.#fault(question, p, errorCode));
    }
    return byLeader;
  }

  #fault<Value>(
    { doing, operation }: Question<Value>,
    partition: TopicPartition,
    errorCode: number,
    brokerSays?: string | null,
  ): OperatorFault | RetryableFault {
    const attempt: Attempt = {
      cluster: this.#cluster,
      doing: `${doing} of ${partitionKey(partition)}`,
      needs: { resource: "topic", name: partition.topic, operation },
    };
    if (movingCodes.has(errorCode) && errorCode !== code.unknownTopicOrPartition)
      return new RetryableFault(
        `${partitionKey(partition)} of the ${this.#cluster.side} cluster has no leader that answers (${codeName(errorCode)}) while ${doing}`,
      );
    return protocolFault(attempt, errorCode, brokerSays);
  }
}

/** The shape most requests take: partitions by topic. */
export function byTopic(partitions: readonly TopicPartition[]): ReadonlyMap<string, readonly number[]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of partitions) {
    const indexes = topics.get(topic) ?? [];
    indexes.push(partition);
    topics.set(topic, indexes);
  }
  return topics;
}
