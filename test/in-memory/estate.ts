import { RetryableFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { Estate } from "#use-cases/ports/deps.ts";
import type { Direction } from "#use-cases/ports/replicator.ts";
import { InMemoryClients } from "./clients.ts";
import { InMemoryCluster } from "./cluster.ts";
import { type Following, InMemoryMirrors } from "./mirrors.ts";
import { type Around, type Call, observed } from "./observed.ts";

/** What Lambda says of a process that ended by itself. */
class Killed extends Error {
  override readonly name = "Runtime.ExitError";
}

/** Two clusters, their mirror and a migration's clients, all in memory. Each beat everything that runs does a little. */
export class InMemoryEstate {
  readonly source = new InMemoryCluster("source");
  readonly target = new InMemoryCluster("target");
  readonly mirrors: InMemoryMirrors;
  readonly clients: InMemoryClients;
  /** Every call of every port that was let through. */
  readonly calls: Call[] = [];
  /** Put in by a test: what happens before and after calls. */
  around: Partial<Around> = {};
  /** The process of the invocation at work was killed: it does nothing any more, wherever it was. */
  isKilled = false;
  private readonly migration: Migration;

  /** With `following`, tasks and clients do what they were told a while later. */
  constructor(migration: Migration, now: () => number, following?: Following) {
    this.migration = migration;
    for (const { topics } of migration.waves)
      for (const topic of topics) this.source.createTopic(topic, 2, { "retention.ms": "86400000" }, 100n);
    this.mirrors = new InMemoryMirrors(migration, this, following);
    this.clients = new InMemoryClients(migration, this, { now, ...(following !== undefined && { following }) });
  }

  get connectors() {
    return this.mirrors.connectors;
  }
  get workers() {
    return this.mirrors.workers;
  }
  get positions() {
    return this.clients.positions;
  }
  get deaf() {
    return this.clients.deaf;
  }
  get acknowledged() {
    return this.clients.acknowledged;
  }
  get processed() {
    return this.clients.processed;
  }
  get refusedReads() {
    return this.clients.refusedReads;
  }

  /** The ports, with every call seen and hooks around it. */
  ports(): Estate {
    return this.portsAround({
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
    });
  }

  /** The ports as one process has them: `around` says what meets its calls. */
  portsAround(around: Around): Estate {
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
      replicator: observed("replicator", this.mirrors.replicator(), around),
      workers: observed("workers", this.mirrors.port(), around),
      clientSwitch: observed("clientSwitch", this.clients.port(), around),
    };
  }

  /** As an adapter says it; of a connector's workers, whose own topics are downstream, too. */
  refuseIfDown({ name, args: [direction] }: Call): void {
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
      for (const client of wave.clients) if (client.kind === "producer") this.clients.produce(wave, client);
    for (const connector of this.connectors.values()) this.mirrors.mirror(connector);
    for (const wave of this.migration.waves)
      for (const client of wave.clients) if (client.kind !== "producer") this.clients.consume(wave, client);
  }

  /** So many reads of a stopped connector's offsets still answer what it had stored before its last records. */
  set staleOffsets(reads: number) {
    this.mirrors.staleOffsets = reads;
  }
  get staleOffsets(): number {
    return this.mirrors.staleOffsets;
  }
  /** How often a connector that was told to run is still said to be STOPPED. */
  set staleStatuses(reads: number) {
    this.mirrors.staleStatuses = reads;
  }
  get staleStatuses(): number {
    return this.mirrors.staleStatuses;
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
