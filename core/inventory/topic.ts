import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import type { Configs } from "./config.ts";
import type { OrUnknown } from "./unknown.ts";

/** An offset of the snapshot's own cluster, whichever that is. */
export type Offset = OffsetOn<Side>;

export type Topic = {
  readonly name: string;
  /** Changes when a topic is deleted and created again; null on brokers that have none (before 2.8). */
  readonly id: string | null;
  /** Kafka's own: `__consumer_offsets`, `__transaction_state`… */
  readonly isInternal: boolean;
  /** In the order of their numbers. Unknown: the topic may not be described, and only the log directories tell that it is there. */
  readonly partitions: OrUnknown<readonly Partition[]>;
  /** Every effective setting, inherited ones too. */
  readonly configs: OrUnknown<Configs>;
};

export type Partition = {
  readonly partition: number;
  /** Broker ids; -1 while there is no leader. */
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
  readonly ends: OrUnknown<{ readonly logStart: Offset; readonly highWatermark: Offset }>;
  /** The record with the latest time stamp (ms), which may be ahead of the clock; undefined where there is no record. */
  readonly newest: OrUnknown<{ readonly offset: Offset; readonly at: number } | undefined>;
  /** On its leader's disk, as it is stored: compressed, and with what compaction has not removed yet. */
  readonly sizeBytes: OrUnknown<number>;
};
