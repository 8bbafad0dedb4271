/** The mirror of a wave, and the workers that run it. Faults as in `cluster.ts`. */
import type { PartitionMap } from "#core/kafka/topic-partition.ts";

export type Direction = "forward" | "reverse";

export type ConnectorSpec = {
  readonly name: string;
  readonly topics: readonly string[];
  /** Of all its topics together. */
  readonly partitions: number;
  /** Largest record of the mirrored topics, in bytes (`max.message.bytes`). */
  readonly maxMessageBytes: number;
  /** How the mirror compresses what it writes; absent: not at all, where a topic's own `compression.type` does not. */
  readonly compression?: "gzip" | "snappy" | "lz4" | "zstd";
  /** Also write MirrorMaker's own offset syncs, for those who compare with its checkpoints. */
  readonly emitsOffsetSyncs: boolean;
};

export type ConnectorStatus = {
  readonly state: "RUNNING" | "PAUSED" | "STOPPED" | "FAILED" | "UNASSIGNED" | "RESTARTING";
  /** Why the connector itself (not a task) failed. */
  readonly trace?: string;
  /** How many tasks it has when it runs whole: right after creation it shows fewer, and none is not "all are running". */
  readonly expectedTasks: number;
  readonly tasks: readonly { readonly id: number; readonly state: string; readonly trace?: string }[];
};

export interface Replicator {
  /** Creates the connector, or leaves an equal one alone; a different config under the same name is an OperatorFault. */
  ensure(direction: Direction, spec: ConnectorSpec, initialState: "RUNNING" | "STOPPED"): Promise<void>;
  /** undefined: no such connector. */
  status(direction: Direction, name: string): Promise<ConnectorStatus | undefined>;
  stop(direction: Direction, name: string): Promise<void>;
  resume(direction: Direction, name: string): Promise<void>;
  restartFailed(direction: Direction, name: string): Promise<void>;
  /** Deletes the connector and, first, its stored offsets; one that does not exist is fine. */
  remove(direction: Direction, name: string): Promise<void>;
  /** Per partition, the offset on the upstream side of the next record to mirror; absent: nothing mirrored yet. */
  replicatedThrough(direction: Direction, name: string): Promise<PartitionMap<bigint>>;
  /**
   * Position 0 leaves a partition unset. The caller reads back. A connector that was told to run is a RetryableFault: its
   * status may still say STOPPED.
   */
  startFrom(direction: Direction, name: string, positions: PartitionMap<bigint>): Promise<void>;
}

export type WorkersStatus = { readonly isReady: true } | { readonly isReady: false; readonly reason: string };

export interface Workers {
  /** Registers the task definition and creates or scales the service of this migration's direction; idempotent; does not wait. */
  launch(direction: Direction): Promise<void>;
  /** Ready means the worker's /health answers healthy. */
  status(direction: Direction): Promise<WorkersStatus>;
  /** Scales to none and deletes the service and its task-definition revisions; idempotent. */
  release(direction: Direction): Promise<void>;
}
