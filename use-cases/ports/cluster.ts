/**
 * What the use cases need from one Kafka cluster, by capability. One adapter connection implements all of it (`Cluster`).
 * Faults: every method throws an `OperatorFault` (wrong credentials, missing right, missing topic: names the thing and the cure)
 * or a `RetryableFault` (broker unreachable, leader moving, time-out) from `core/fault.ts`; never a library's own error.
 */
import type { AclEntry } from "#core/kafka/acl.ts";
import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import type { PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Isolation, VisibleRecord } from "#core/kafka/visible-record.ts";

export type TopicDescription = {
  readonly name: string;
  /** Kafka's topic id; changes when a topic is deleted and created again. */
  readonly id: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  /** Every effective config with where it comes from. */
  readonly configs: ReadonlyMap<string, { readonly value: string | null; readonly isTopicLevel: boolean }>;
};

export type TopicSpec = {
  readonly name: string;
  readonly partitions: number;
  /** -1: the broker's default. */
  readonly replicationFactor: number;
  readonly configs: Readonly<Record<string, string>>;
};

export interface TopicCatalog {
  /** Topics that do not exist are absent from the answer. */
  describe(topics: readonly string[]): Promise<ReadonlyMap<string, TopicDescription>>;
  /** Creates in chunks (facts: 2,000 topics in one request are refused silently by some paths); an existing topic is an OperatorFault. */
  create(topics: readonly TopicSpec[]): Promise<void>;
  /** By name; what does not exist is passed over. Done when no broker knows them any more, so that they can be created anew. */
  delete(topics: readonly string[]): Promise<void>;
  /** Sets (string) or deletes (null) topic-level configs, leaving others alone. */
  setConfigs(topic: string, configs: Readonly<Record<string, string | null>>): Promise<void>;
}

export type PartitionEnds<S extends Side> = {
  readonly logStart: OffsetOn<S>;
  readonly lastStable: OffsetOn<S>;
  readonly highWatermark: OffsetOn<S>;
};

export type VisibleSlice<S extends Side> = {
  readonly records: readonly VisibleRecord<S>[];
  /** Everything visible before this offset (from the requested one) is in `records`; the next read starts here. */
  readonly next: OffsetOn<S>;
  /** Where a reader of that isolation must stop now: last stable offset or high watermark. */
  readonly visibleEnd: OffsetOn<S>;
};

export interface LogReader<S extends Side> {
  ends(partitions: readonly TopicPartition[]): Promise<PartitionMap<PartitionEnds<S>>>;
  /** First offset whose timestamp is at or after `timestamp` (ms); undefined where there is none. */
  offsetAtTime(partition: TopicPartition, timestamp: bigint): Promise<OffsetOn<S> | undefined>;
  /**
   * Visible records from `from`, in order, until at least `limit` were found, `until` (exclusive) is reached, or the visible end.
   * Checks each batch's CRC. An offset below log start is an OperatorFault that names both numbers.
   */
  read(request: {
    readonly partition: TopicPartition;
    readonly from: OffsetOn<S>;
    readonly until?: OffsetOn<S>;
    readonly limit?: number;
    readonly isolation: Isolation;
  }): Promise<VisibleSlice<S>>;
}

export type ActiveProducer = {
  readonly producerId: bigint;
  readonly lastTimestamp: bigint;
  /** First offset of its open transaction on this partition, if one is open. */
  readonly openTransactionFrom?: bigint;
};

export interface WriteActivity {
  /** DescribeProducers on each partition's leader. */
  producers(partitions: readonly TopicPartition[]): Promise<PartitionMap<readonly ActiveProducer[]>>;
}

export type GroupDescription = {
  readonly id: string;
  /** "absent" where the coordinator knows no such group. */
  readonly state: "absent" | "empty" | "active" | "dead";
  readonly kind: "classic" | "consumer" | "share" | "unknown";
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId?: string;
    readonly clientId: string;
    readonly host: string;
  }[];
};

export type Commit<S extends Side> = { readonly offset: OffsetOn<S>; readonly metadata: string };

export interface ConsumerGroups<S extends Side> {
  describe(groups: readonly string[]): Promise<ReadonlyMap<string, GroupDescription>>;
  /**
   * OffsetFetch with RequireStable. Partitions without a commit are absent. A pending transactional commit is a RetryableFault.
   * Without `partitions`: every committed partition of the group; Kafka then leaves out a partition whose first commit is
   * still pending, so name the partitions wherever that matters.
   */
  committed(group: string, partitions?: readonly TopicPartition[]): Promise<PartitionMap<Commit<S>>>;
  /** Commits with generation -1; finds the coordinator first; a group with members is an OperatorFault that names them. */
  commit(group: string, offsets: PartitionMap<Commit<S>>): Promise<void>;
  /** Removes members (LeaveGroup by the control plane). */
  removeMembers(group: string, members: readonly { memberId: string; groupInstanceId?: string }[]): Promise<void>;
}

export interface AccessRights {
  /** Every ACL of the cluster. No authoriser: an OperatorFault that says so. */
  list(): Promise<readonly AclEntry[]>;
  /** Adds entries in the given order. */
  add(entries: readonly AclEntry[]): Promise<void>;
  /** Removes exactly these entries, in the given order. */
  remove(entries: readonly AclEntry[]): Promise<void>;
  /** Which of these entries each broker's own authoriser lists right now, one answer per broker id. */
  presentOnEachBroker(entries: readonly AclEntry[]): Promise<ReadonlyMap<number, readonly AclEntry[]>>;
  /** Whether each broker lets this principal describe a topic of that name, which need not exist; one answer per broker id. */
  mayDescribeOnEachBroker(topic: string): Promise<ReadonlyMap<number, boolean>>;
}

export interface Cluster<S extends Side> {
  readonly side: S;
  /** `host:port` each, where Sluice itself signs in. */
  readonly bootstrapServers: readonly string[];
  readonly topics: TopicCatalog;
  readonly log: LogReader<S>;
  readonly activity: WriteActivity;
  readonly groups: ConsumerGroups<S>;
  readonly rights: AccessRights;
  /** One cheap authenticated request to every broker, so that later calls find open connections. */
  warm(): Promise<void>;
}
