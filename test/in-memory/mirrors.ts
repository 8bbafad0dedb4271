import { isDeepStrictEqual } from "node:util";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { type PartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mirrorSignIn } from "#core/migration/sign-in.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import type { ConnectorSpec, ConnectorStatus, Direction, Replicator, Workers } from "#use-cases/ports/replicator.ts";
import type { InMemoryCluster } from "./cluster.ts";

export type Connector = {
  readonly direction: Direction;
  readonly spec: ConnectorSpec;
  /** What it was last told. */
  isRunning: boolean;
  /** Whether its tasks are there, which follow what it was told. */
  hasTasks: boolean;
  /** Upstream, the next offset to mirror. */
  readonly positions: Map<PartitionKey, bigint>;
  /** The same as stored: where it goes on after a crash, and what Connect answers. */
  readonly stored: Map<PartitionKey, bigint>;
};

type Clusters = { readonly source: InMemoryCluster<"source">; readonly target: InMemoryCluster<"target"> };

/** Lets tasks follow what their connector was told: at once, or a while later. */
export type Following = (follow: () => void) => Promise<void>;
const atOnce: Following = async (follow) => follow();

/** Connect workers of both directions with their connectors. */
export class InMemoryMirrors {
  readonly connectors = new Map<string, Connector>();
  readonly workers = new Set<Direction>();
  /** So many reads of a stopped connector's offsets still answer what it had stored before its last records. */
  staleOffsets = 0;
  /** How often a connector that was told to run is still said to be STOPPED. */
  staleStatuses = 0;
  private readonly migration: Migration;
  private readonly clusters: Clusters;
  private readonly following: Following;

  constructor(migration: Migration, clusters: Clusters, following: Following = atOnce) {
    this.migration = migration;
    this.clusters = clusters;
    this.following = following;
  }

  /** One turn of a connector's tasks: at most `most` records of each partition, then its offsets are stored. */
  mirror(connector: Connector, o: { readonly most?: number; readonly storesOffsets?: boolean } = {}): void {
    const { direction, spec, positions } = connector;
    const ends = mirrorEnds(direction);
    const [up, down] = [this.clusters[ends.upstream], this.clusters[ends.downstream]];
    if (!connector.hasTasks || up.isDown || down.isDown || !this.workers.has(direction)) return;
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
        const records = log.visible(positions.get(key) ?? 0n);
        const taken = records.slice(0, o.most);
        for (const { fingerprint, timestamp } of taken) down.log(key).append(fingerprint, timestamp);
        const last = taken.at(-1);
        positions.set(key, taken.length === records.length || last === undefined ? log.end : last.offset + 1n);
      }
    }
    if (o.storesOffsets !== false) this.storeOffsets(connector);
  }

  private storeOffsets({ positions, stored }: Connector): void {
    for (const [key, at] of positions) stored.set(key, at);
  }

  /** A worker's process ends and another takes its place: tasks go on at what was stored, and repeat what came after it. */
  crash(direction: Direction): void {
    for (const connector of this.connectors.values())
      if (connector.direction === direction && connector.hasTasks) {
        connector.positions.clear();
        for (const [key, at] of connector.stored) connector.positions.set(key, at);
      }
  }

  private tell(connector: Connector, isRunning: boolean): Promise<void> {
    connector.isRunning = isRunning;
    return this.following(() => {
      if (connector.hasTasks && !connector.isRunning) this.storeOffsets(connector);
      connector.hasTasks = connector.isRunning;
    });
  }

  replicator(): Replicator {
    const need = (name: string): Connector => {
      const connector = this.connectors.get(name);
      if (connector === undefined) throw new OperatorFault(`connector ${name} does not exist`);
      return connector;
    };
    const needWorkers = (direction: Direction): void => {
      if (!this.workers.has(direction)) throw new RetryableFault(`no ${direction} worker is running`);
    };
    const stop = async (name: string): Promise<void> => {
      const connector = need(name);
      await this.tell(connector, false);
      if (connector.hasTasks)
        throw new RetryableFault(`connector ${name} was told to stop and runs; expected STOPPED with no task`);
    };
    return {
      ensure: async (direction, spec, initialState) => {
        needWorkers(direction);
        const there = this.connectors.get(spec.name);
        if (there !== undefined) {
          if (isDeepStrictEqual(there.spec, spec)) return;
          throw new OperatorFault(
            `connector ${spec.name} is there with another configuration (topics: ${there.spec.topics.join()}, expected ${spec.topics.join()}); remove it, or go on under another attempt`,
          );
        }
        const connector = {
          direction,
          spec,
          isRunning: false,
          hasTasks: false,
          positions: new Map(),
          stored: new Map(),
        };
        this.connectors.set(spec.name, connector);
        // Its tasks start after the answer.
        if (initialState === "RUNNING") void this.tell(connector, true);
      },
      status: async (direction, name) => {
        needWorkers(direction);
        const connector = this.connectors.get(name);
        if (connector?.direction !== direction) return undefined;
        const isStale = connector.isRunning && this.staleStatuses > 0;
        if (isStale) this.staleStatuses -= 1;
        return statusOf(connector.hasTasks && !isStale);
      },
      stop: async (direction, name) => {
        needWorkers(direction);
        await stop(name);
      },
      resume: async (direction, name) => {
        needWorkers(direction);
        void this.tell(need(name), true);
      },
      restartFailed: async () => undefined,
      remove: async (direction, name) => {
        needWorkers(direction);
        if (!this.connectors.has(name)) return;
        await stop(name);
        this.connectors.delete(name);
      },
      replicatedThrough: async (direction, name) => {
        needWorkers(direction);
        const connector = this.connectors.get(name);
        const isStale = connector?.isRunning === false && this.staleOffsets > 0;
        if (isStale) this.staleOffsets -= 1;
        return new Map([...(connector?.stored ?? [])].map(([key, at]) => [key, isStale ? at - 1n : at]));
      },
      startFrom: async (direction, name, positions) => {
        needWorkers(direction);
        const connector = need(name);
        if (connector.isRunning || connector.hasTasks) throw new RetryableFault(`connector ${name} was told to run`);
        for (const [key, at] of positions) {
          for (const offsets of [connector.positions, connector.stored])
            if (at === 0n) offsets.delete(key);
            else if (this.isMirrored(connector, key)) offsets.set(key, at);
        }
      },
    };
  }

  /** Connect takes offsets of any topic without a word; those of topics that are not the connector's are never answered. */
  private isMirrored({ spec }: Connector, key: PartitionKey): boolean {
    return spec.topics.some((topic) => key.startsWith(`${topic}/`));
  }

  port(): Workers {
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
}

const statusOf = (isRunning: boolean): ConnectorStatus => ({
  state: isRunning ? "RUNNING" : "STOPPED",
  expectedTasks: 1,
  tasks: isRunning ? [{ id: 0, state: "RUNNING" }] : [],
});
