import { OperatorFault } from "#core/fault.ts";
import { type AclEntry, type AclOperation, aclKey } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { type PartitionKey, partitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";
import { missingFrom } from "#core/rights/client-rights.ts";
import type { Cluster, Commit, GroupDescription, TopicDescription } from "#use-cases/ports/cluster.ts";
import { isAuthorized } from "./authorizer.ts";
import { InMemoryLog, inMemoryReader } from "./in-memory-log.ts";

const BROKERS = [1, 2];
const SLUICE = "User:sluice";
const SLUICE_ALTERS: AclEntry = {
  resourceType: "CLUSTER",
  resourceName: "kafka-cluster",
  pattern: "LITERAL",
  principal: SLUICE,
  host: "*",
  operation: "ALTER",
  permission: "ALLOW",
};
const BROKER_DEFAULTS = [
  ["cleanup.policy", "delete"],
  ["message.timestamp.type", "CreateTime"],
] as const;

export type InMemoryGroup<S extends Side> = {
  readonly members: Set<string>;
  readonly commits: Map<PartitionKey, Commit<S>>;
};

/** One Kafka cluster as maps: what its brokers would say, and what its clients may do. */
export class InMemoryCluster<S extends Side> {
  readonly side: S;
  readonly topics = new Map<string, TopicDescription>();
  readonly logs = new Map<PartitionKey, InMemoryLog<S>>();
  readonly groups = new Map<string, InMemoryGroup<S>>();
  /** Sluice's own right to change them stands, so that the Cluster resource is open to nobody else. */
  acls: readonly AclEntry[] = [SLUICE_ALTERS];
  /** `allow.everyone.if.no.acl.found` of each broker. */
  allowEveryone: Readonly<Record<number, boolean>> = { 1: false, 2: false };
  superUsers: readonly string[] = [];
  /** None of its brokers answers. */
  isDown = false;
  private created = 0;

  constructor(side: S) {
    this.side = side;
  }

  /** Its partitions begin at `base`, as if retention had deleted what came before. */
  createTopic(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}, base = 0n): void {
    this.created += 1;
    this.topics.set(name, {
      name,
      id: `${this.side}-${name}-${this.created}`,
      partitions,
      replicationFactor: 1,
      configs: new Map<string, { readonly value: string | null; readonly isTopicLevel: boolean }>([
        ...BROKER_DEFAULTS.map(([key, value]) => [key, { value, isTopicLevel: false }] as const),
        ...Object.entries(configs).map(([key, value]) => [key, { value, isTopicLevel: true }] as const),
      ]),
    });
    for (let partition = 0; partition < partitions; partition++)
      this.logs.set(partitionKey({ topic: name, partition }), new InMemoryLog<S>(base));
  }

  partitionsOf(topic: string): readonly TopicPartition[] {
    return Array.from({ length: this.topics.get(topic)?.partitions ?? 0 }, (_, partition) => ({ topic, partition }));
  }

  log(key: PartitionKey): InMemoryLog<S> {
    const log = this.logs.get(key);
    if (log === undefined) throw new OperatorFault(`${key} does not exist on the ${this.side}`);
    return log;
  }

  group(id: string): InMemoryGroup<S> {
    const group = this.groups.get(id) ?? { members: new Set<string>(), commits: new Map<PartitionKey, Commit<S>>() };
    this.groups.set(id, group);
    return group;
  }

  allows(principal: string, operation: AclOperation, topic: string, broker = 1): boolean {
    const brokers = { superUsers: this.superUsers, allowEveryone: this.allowEveryone[broker] === true };
    return isAuthorized(this.acls, { principal, operation, topic }, brokers);
  }

  port(): Cluster<S> {
    const describeGroup = (id: string): GroupDescription => {
      const group = this.groups.get(id);
      const members = [...(group?.members ?? [])].map((clientId) => ({
        memberId: clientId,
        clientId,
        host: "/10.0.0.7",
      }));
      const state = group === undefined ? "absent" : members.length > 0 ? "active" : "empty";
      return { id, state, kind: group === undefined ? "unknown" : "classic", members };
    };
    return {
      side: this.side,
      topics: {
        describe: async (topics) =>
          new Map(
            topics.flatMap((name) => {
              const topic = this.topics.get(name);
              return topic === undefined ? [] : [[name, topic] as const];
            }),
          ),
        create: async (topics) => {
          for (const { name, partitions, configs } of topics) {
            if (this.topics.has(name)) throw new OperatorFault(`topic ${name} exists on the ${this.side}`);
            this.createTopic(name, partitions, configs);
          }
        },
        delete: async (names) => {
          for (const name of names) {
            for (const partition of this.partitionsOf(name)) {
              this.logs.delete(partitionKey(partition));
              // As coordinators do.
              for (const { commits } of this.groups.values()) commits.delete(partitionKey(partition));
            }
            this.topics.delete(name);
          }
        },
        setConfigs: async (name, changes) => {
          const topic = this.topics.get(name);
          if (topic === undefined) throw new OperatorFault(`topic ${name} does not exist on the ${this.side}`);
          const configs = new Map(topic.configs);
          for (const [key, value] of Object.entries(changes))
            if (value !== null) configs.set(key, { value, isTopicLevel: true });
            else {
              const byDefault = BROKER_DEFAULTS.find(([name]) => name === key)?.[1];
              if (byDefault === undefined) configs.delete(key);
              else configs.set(key, { value: byDefault, isTopicLevel: false });
            }
          this.topics.set(name, { ...topic, configs });
        },
      },
      log: inMemoryReader(this.logs),
      activity: {
        producers: async (partitions) =>
          new Map(partitions.map((p) => [partitionKey(p), [{ producerId: 7n, lastTimestamp: 1n }]])),
      },
      groups: {
        describe: async (ids) => new Map(ids.map((id) => [id, describeGroup(id)])),
        committed: async (id, partitions) => {
          const commits = this.groups.get(id)?.commits ?? new Map<PartitionKey, Commit<S>>();
          const wanted = partitions === undefined ? undefined : new Set(partitions.map(partitionKey));
          return new Map([...commits].filter(([key]) => wanted === undefined || wanted.has(key)));
        },
        commit: async (id, offsets) => {
          const group = this.group(id);
          if (group.members.size > 0) throw new OperatorFault(`group ${id} has members ${[...group.members].join()}`);
          const missing = [...offsets.keys()].find((key) => !this.logs.has(key));
          if (missing !== undefined) throw new OperatorFault(`${missing} does not exist on the ${this.side}`);
          for (const [key, commit] of offsets) group.commits.set(key, commit);
        },
        removeMembers: async (id, members) => {
          for (const { memberId } of members) this.group(id).members.delete(memberId);
        },
      },
      rights: {
        list: async () => this.acls,
        add: async (entries) => {
          this.acls = [...this.acls, ...missingFrom(this.acls, entries)];
        },
        remove: async (entries) => {
          this.acls = missingFrom(entries, this.acls);
        },
        presentOnEachBroker: async (entries) => {
          const keys = new Set(this.acls.map(aclKey));
          const present = entries.filter((entry) => keys.has(aclKey(entry)));
          return new Map(BROKERS.map((broker) => [broker, present]));
        },
        mayDescribeOnEachBroker: async (topic) =>
          new Map(BROKERS.map((broker) => [broker, this.allows(SLUICE, "DESCRIBE", topic, broker)])),
      },
      bootstrapServers: [this.side === "source" ? "old-1:9092" : "new-1:9092"],
      warm: async () => undefined,
    };
  }
}
