import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { type PartitionKey, partitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Client, Migration, WavePlan } from "#core/migration/migration.ts";
import type { ClientSwitch } from "#use-cases/ports/client-switch.ts";
import type { InMemoryCluster } from "./cluster.ts";
import type { Following } from "./mirrors.ts";

export type Position = Side | "paused";
type Clusters = { readonly source: InMemoryCluster<"source">; readonly target: InMemoryCluster<"target"> };

/** A migration's applications: where each was told to be, where it is, what it wrote and read. */
export class InMemoryClients {
  /** What each was last told. */
  readonly positions = new Map<string, Position>();
  /** Where each is, which follows what it was told. */
  readonly whereabouts = new Map<string, Position>();
  /** Clients that do not look at their switch. */
  readonly deaf = new Set<string>();
  /** What each producer was acknowledged, and on which side. */
  readonly acknowledged: { readonly record: string; readonly side: Side; readonly topic: string }[] = [];
  /** What each group processed, in order. */
  readonly processed = new Map<string, string[]>();
  /** Consumers whose reads were refused. */
  readonly refusedReads: string[] = [];
  /** Told of each record that a client was acknowledged. */
  onAcknowledged: ((side: Side, topic: string) => void) | undefined;
  private readonly clusters: Clusters;
  private readonly now: () => number;
  private readonly following: Following | undefined;
  private produced = 0;

  /** Without `following` they look at their switches whenever they do something. */
  constructor(
    migration: Migration,
    clusters: Clusters,
    o: { readonly now: () => number; readonly following?: Following },
  ) {
    this.clusters = clusters;
    this.now = o.now;
    this.following = o.following;
    const { source } = clusters;
    for (const wave of migration.waves) {
      for (const group of wave.groups)
        for (const key of readBy(wave, group.id)
          .flatMap((topic) => source.partitionsOf(topic))
          .map(partitionKey))
          source.group(group.id).commits.set(key, { offset: source.log(key).ends().logStart, metadata: "" });
      for (const client of wave.clients) {
        this.positions.set(client.name, "source");
        this.whereabouts.set(client.name, "source");
        source.acls = [...source.acls, ...wave.topics.flatMap((topic) => rightsOf(client, topic))];
      }
    }
  }

  private where({ name }: Client): Position {
    return (this.following === undefined ? this.positions : this.whereabouts).get(name) ?? "paused";
  }

  private clusterAt(side: Side): InMemoryCluster<"source"> | InMemoryCluster<"target"> {
    return this.clusters[side];
  }

  /** Looks at its switch, unless it is deaf. */
  look(client: string): void {
    if (!this.deaf.has(client)) this.whereabouts.set(client, this.positions.get(client) ?? "paused");
  }

  /** One record, where it is and may write. */
  produce(wave: WavePlan, client: Client): void {
    const side = this.where(client);
    const [topic] = wave.topics;
    if (side === "paused" || topic === undefined) return;
    const cluster = this.clusterAt(side);
    if (cluster.isDown || !cluster.allows(client.principal, "WRITE", topic)) return;
    this.produced += 1;
    const partition = this.produced % (cluster.topics.get(topic)?.partitions ?? 1);
    this.acknowledge(cluster, { topic, partition }, `${client.name}-${this.produced}`);
  }

  private acknowledge<S extends Side>(cluster: InMemoryCluster<S>, at: TopicPartition, record: string): void {
    cluster.log(partitionKey(at)).append(record, BigInt(this.now()));
    this.acknowledged.push({ record, side: cluster.side, topic: at.topic });
    this.onAcknowledged?.(cluster.side, at.topic);
  }

  /** Reads all there is; a client that reads and writes has written one record for each, in one transaction with its commit. */
  consume(wave: WavePlan, client: Client): void {
    const group = wave.groups.find((one) => one.id === client.group);
    if (group === undefined) return;
    const side = this.where(client);
    for (const cluster of [this.clusters.source, this.clusters.target]) {
      if (cluster.isDown) continue;
      if (cluster.side !== side) {
        cluster.groups.get(group.id)?.members.delete(client.name);
        continue;
      }
      const { members, commits } = cluster.group(group.id);
      members.add(client.name);
      const processed = this.processed.get(group.id) ?? [];
      const output = wave.topics[1] ?? "";
      // Its transaction is refused as a whole.
      if (client.kind === "both" && !cluster.allows(client.principal, "WRITE", output)) continue;
      const topics = readBy(wave, group.id);
      const readable = topics.filter((topic) => cluster.allows(client.principal, "READ", topic));
      if (readable.length < topics.length) this.refusedReads.push(`${client.principal} on the ${cluster.side}`);
      for (const partition of readable.flatMap((topic) => cluster.partitionsOf(topic))) {
        const key = partitionKey(partition);
        const log = cluster.log(key);
        const { logStart, lastStable } = log.ends();
        const from = commits.get(key)?.offset ?? (group.reset === "earliest" ? logStart : lastStable);
        const records = log.visible(from).map((record) => record.fingerprint);
        processed.push(...records);
        if (client.kind === "both")
          for (const record of records)
            this.acknowledge(cluster, { topic: output, partition: partition.partition }, `${client.name} of ${record}`);
        (commits as Map<PartitionKey, { offset: typeof lastStable; metadata: string }>).set(key, {
          offset: lastStable,
          metadata: "",
        });
      }
      this.processed.set(group.id, processed);
    }
  }

  port(): ClientSwitch {
    const turn = async (client: Client, position: Position): Promise<void> => {
      if (this.following === undefined && this.deaf.has(client.name)) return;
      this.positions.set(client.name, position);
      // Whoever orders does not wait for it: an order is believed by its effect.
      void this.following?.(() => this.look(client.name));
    };
    return {
      stop: (client) => turn(client, "paused"),
      start: (client, side) => turn(client, side),
      position: async (client) => this.positions.get(client.name) ?? "paused",
    };
  }
}

/** A client that reads and writes reads the wave's first topic and writes to its second. */
const readBy = (wave: WavePlan, group: string): readonly string[] =>
  wave.clients.some((client) => client.kind === "both" && client.group === group)
    ? wave.topics.slice(0, 1)
    : wave.topics;

const rightsOf = ({ kind, principal }: Client, topic: string): readonly AclEntry[] => {
  const operations = { producer: ["WRITE"], consumer: ["READ"], both: ["READ", "WRITE"] } as const;
  return operations[kind].map((operation) => ({
    resourceType: "TOPIC",
    resourceName: topic,
    pattern: "LITERAL",
    principal,
    host: "*",
    operation,
    permission: "ALLOW",
  }));
};
