import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { type PartitionKey, partitionKey, type TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Client, Migration, WavePlan } from "#core/migration/migration.ts";
import { mirrorSignIn } from "#core/migration/sign-in.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import type { Estate } from "#use-cases/ports/deps.ts";
import type { ConnectorSpec, ConnectorStatus, Direction } from "#use-cases/ports/replicator.ts";
import { InMemoryCluster } from "./cluster.ts";
import { type Around, type Call, observed } from "./observed.ts";

type Connector = {
  readonly direction: Direction;
  readonly spec: ConnectorSpec;
  isRunning: boolean;
  /** Upstream, the next offset to mirror. */
  readonly positions: Map<PartitionKey, bigint>;
};
type Position = Side | "paused";

/** What Lambda says of a process that ended by itself. */
class Killed extends Error {
  override readonly name = "Runtime.ExitError";
}

/** Two clusters, their mirror and a migration's clients, all in memory. Each beat everything that runs does a little. */
export class InMemoryEstate {
  readonly source = new InMemoryCluster("source");
  readonly target = new InMemoryCluster("target");
  readonly connectors = new Map<string, Connector>();
  readonly workers = new Set<Direction>();
  readonly positions = new Map<string, Position>();
  /** Clients that do not look at their switch. */
  readonly deaf = new Set<string>();
  /** What each producer was acknowledged, and on which side. */
  readonly acknowledged: { readonly record: string; readonly side: Side; readonly topic: string }[] = [];
  /** What each group processed, in order. */
  readonly processed = new Map<string, string[]>();
  /** Consumers whose reads were refused. */
  readonly refusedReads: string[] = [];
  /** Every call of every port that was let through. */
  readonly calls: Call[] = [];
  /** Put in by a test: what happens before and after calls. */
  around: Partial<Around> = {};
  /** So many reads of a stopped connector's offsets still answer what it had stored before its last records. */
  staleOffsets = 0;
  /** How often a connector that was told to run is still said to be STOPPED. */
  staleStatuses = 0;
  /** The process of the invocation at work was killed: it does nothing any more, wherever it was. */
  isKilled = false;
  private readonly migration: Migration;
  private produced = 0;
  private readonly now: () => number;

  constructor(migration: Migration, now: () => number) {
    this.migration = migration;
    this.now = now;
    for (const wave of migration.waves) {
      for (const topic of wave.topics) this.source.createTopic(topic, 2, { "retention.ms": "86400000" }, 100n);
      for (const group of wave.groups)
        for (const key of readBy(wave, group.id)
          .flatMap((topic) => this.source.partitionsOf(topic))
          .map(partitionKey))
          this.source.group(group.id).commits.set(key, { offset: this.source.log(key).ends().logStart, metadata: "" });
      for (const client of wave.clients) {
        this.positions.set(client.name, "source");
        this.source.acls = [...this.source.acls, ...wave.topics.flatMap((topic) => rightsOf(client, topic))];
      }
    }
  }

  /** The ports, with every call seen and hooks around it. */
  ports(): Estate {
    const around: Around = {
      before: async (call) => {
        this.die();
        this.refuseIfDown(call);
        await this.around.before?.(call);
        this.die();
      },
      after: async (call) => {
        this.calls.push(call);
        await this.around.after?.(call);
        this.die();
      },
    };
    const cluster = <S extends Side>(from: InMemoryCluster<S>) => {
      const port = from.port();
      return {
        side: port.side,
        bootstrapServers: port.bootstrapServers,
        topics: observed(`${from.side}.topics`, port.topics, around),
        log: observed(`${from.side}.log`, port.log, around),
        activity: observed(`${from.side}.activity`, port.activity, around),
        groups: observed(`${from.side}.groups`, port.groups, around),
        rights: observed(`${from.side}.rights`, port.rights, around),
        warm: async () => {
          this.refuseIfDown({ name: `${from.side}.warm`, args: [] });
        },
      };
    };
    return {
      source: cluster(this.source),
      target: cluster(this.target),
      replicator: observed("replicator", this.replicator(), around),
      workers: observed("workers", this.workersPort(), around),
      clientSwitch: observed("clientSwitch", this.clientSwitch(), around),
    };
  }

  /** As an adapter says it; of a connector's workers, whose own topics are downstream, too. */
  private refuseIfDown({ name, args: [direction] }: Call): void {
    for (const side of ["source", "target"] as const) {
      const isOfSide = name.startsWith(`${side}.`) || (name.startsWith("replicator.") && direction === workersOf(side));
      if (this[side].isDown && isOfSide) throw new RetryableFault(`no broker of the ${side} can be reached`);
    }
  }

  /** Throws in an invocation that was killed. */
  die(): void {
    if (this.isKilled) throw new Killed("the process is gone");
  }

  /**
   * A little later: every running connector has mirrored all, every consumer read all, every producer written one record.
   * A client that reads and writes has written one record for each it read, in one transaction with its commit.
   */
  beat(): void {
    for (const wave of this.migration.waves)
      for (const client of wave.clients) if (client.kind === "producer") this.produce(wave, client);
    for (const connector of this.connectors.values()) if (connector.isRunning) this.mirror(connector);
    for (const wave of this.migration.waves)
      for (const client of wave.clients) if (client.kind !== "producer") this.consume(wave, client);
  }

  private produce(wave: WavePlan, client: Client): void {
    const side = this.positions.get(client.name) ?? "paused";
    const [topic] = wave.topics;
    if (side === "paused" || topic === undefined) return;
    const cluster = side === "source" ? this.source : this.target;
    if (cluster.isDown || !cluster.allows(client.principal, "WRITE", topic)) return;
    this.produced += 1;
    const partition = this.produced % (cluster.topics.get(topic)?.partitions ?? 1);
    this.acknowledge(cluster, { topic, partition }, `${client.name}-${this.produced}`);
  }

  private acknowledge<S extends Side>(cluster: InMemoryCluster<S>, at: TopicPartition, record: string): void {
    cluster.log(partitionKey(at)).append(record, BigInt(this.now()));
    this.acknowledged.push({ record, side: cluster.side, topic: at.topic });
  }

  private mirror({ direction, spec, positions }: Connector): void {
    const ends = mirrorEnds(direction);
    const [up, down] = [this[ends.upstream], this[ends.downstream]];
    if (up.isDown || down.isDown || !this.workers.has(direction)) return;
    const [reader, writer] = [ends.upstream, ends.downstream].map(
      (side) => mirrorSignIn(this.migration, direction, side).principal ?? "",
    );
    for (const topic of spec.topics) {
      if (!up.allows(reader ?? "", "READ", topic) || !down.allows(writer ?? "", "WRITE", topic)) continue;
      for (const partition of up.partitionsOf(topic)) {
        const key = partitionKey(partition);
        // Added in mid-wave: the mirror does not look for it.
        if (!down.logs.has(key)) continue;
        const log = up.log(key);
        for (const { fingerprint, timestamp } of log.visible(positions.get(key) ?? 0n))
          down.log(key).append(fingerprint, timestamp);
        positions.set(key, log.end);
      }
    }
  }

  private consume(wave: WavePlan, client: Client): void {
    const group = wave.groups.find((one) => one.id === client.group);
    if (group === undefined) return;
    const side = this.positions.get(client.name) ?? "paused";
    for (const cluster of [this.source, this.target]) {
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

  private replicator(): Estate["replicator"] {
    const need = (name: string): Connector => {
      const connector = this.connectors.get(name);
      if (connector === undefined) throw new OperatorFault(`connector ${name} does not exist`);
      return connector;
    };
    const needWorkers = (direction: Direction): void => {
      if (!this.workers.has(direction)) throw new RetryableFault(`no ${direction} worker is running`);
    };
    return {
      ensure: async (direction, spec, initialState) => {
        needWorkers(direction);
        if (this.connectors.has(spec.name)) return;
        const connector = { direction, spec, isRunning: initialState === "RUNNING", positions: new Map() };
        this.connectors.set(spec.name, connector);
      },
      status: async (direction, name) => {
        needWorkers(direction);
        const connector = this.connectors.get(name);
        if (connector === undefined) return undefined;
        const isStale = connector.isRunning && this.staleStatuses > 0;
        if (isStale) this.staleStatuses -= 1;
        return statusOf({ isRunning: connector.isRunning && !isStale });
      },
      stop: async (direction, name) => {
        needWorkers(direction);
        need(name).isRunning = false;
      },
      resume: async (direction, name) => {
        needWorkers(direction);
        need(name).isRunning = true;
      },
      restartFailed: async () => undefined,
      remove: async (direction, name) => {
        needWorkers(direction);
        this.connectors.delete(name);
      },
      replicatedThrough: async (direction, name) => {
        needWorkers(direction);
        const connector = this.connectors.get(name);
        const isStale = connector?.isRunning === false && this.staleOffsets > 0;
        if (isStale) this.staleOffsets -= 1;
        return new Map([...(connector?.positions ?? [])].map(([key, at]) => [key, isStale ? at - 1n : at]));
      },
      startFrom: async (direction, name, positions) => {
        needWorkers(direction);
        const connector = need(name);
        if (connector.isRunning) throw new RetryableFault(`connector ${name} was told to run`);
        for (const [key, at] of positions) connector.positions.set(key, at);
      },
    };
  }

  private workersPort(): Estate["workers"] {
    return {
      launch: async (direction) => {
        this.workers.add(direction);
      },
      status: async (direction) =>
        this.workers.has(direction) ? { isReady: true } : { isReady: false, reason: "no task runs" },
      release: async (direction) => {
        this.workers.delete(direction);
      },
    };
  }

  private clientSwitch(): Estate["clientSwitch"] {
    const turn = async (client: Client, position: Position): Promise<void> => {
      if (!this.deaf.has(client.name)) this.positions.set(client.name, position);
    };
    return {
      stop: (client) => turn(client, "paused"),
      start: (client, side) => turn(client, side),
      position: async (client) => this.positions.get(client.name) ?? "paused",
    };
  }

  /** Fences of ours that stand on the source. */
  fence(): readonly AclEntry[] {
    return this.source.acls.filter((entry) => entry.permission === "DENY");
  }

  /** Every record of a side's topic, in no order. */
  recordsOn(side: Side, topic: string): readonly string[] {
    const cluster = this[side];
    return cluster.partitionsOf(topic).flatMap((p) =>
      cluster
        .log(partitionKey(p))
        .visible()
        .map((record) => record.fingerprint),
    );
  }
}

const workersOf = (side: Side): Direction => (side === "target" ? "forward" : "reverse");

const statusOf = ({ isRunning }: Pick<Connector, "isRunning">): ConnectorStatus => ({
  state: isRunning ? "RUNNING" : "STOPPED",
  expectedTasks: 1,
  tasks: isRunning ? [{ id: 0, state: "RUNNING" }] : [],
});

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
