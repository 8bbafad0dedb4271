/** One wave of a plan, and what binds it together. */

import type { OrUnknown } from "#core/inventory/unknown.ts";
import type { COUPLED_KINDS } from "#core/migration/estate.ts";
import type { Group } from "#core/migration/migration.ts";

export type Item = {
  /** "topic", or what is coupled to topics. */
  readonly kind: "topic" | "subject" | (typeof COUPLED_KINDS)[number];
  /** Of a connector workers/name. */
  readonly name: string;
};

/** Why an item and a topic move together. What an application owns (Kafka Streams) cannot be loosened, and a schema binds nothing. */
export type Edge = {
  /** By these two a person loosens it in `planning.loosened`. */
  readonly item: Item;
  readonly topic: string;
  readonly does: "reads" | "writes" | "owns" | "describes";
  /** Seen to do it, or only allowed or declared to. */
  readonly evidence: "seen" | "right" | "declared";
  /** "group ledger reads payments" */
  readonly says: string;
};

export const RISKS = ["low", "medium", "high"] as const;
export type Risk = {
  readonly level: (typeof RISKS)[number];
  /** What makes it so, most serious first; empty where everything is declared to be harmless. */
  readonly because: readonly string[];
};

export type PlannedGroup = {
  readonly id: string;
  /** Undefined: nobody claims it. */
  readonly owner: string | undefined;
  readonly plan: Group["plan"];
  /** Of `plan`. */
  readonly because: string;
  /** Who brings its records: Sluice knows one replicator. */
  readonly replicator: "mirrormaker2";
  readonly replicatorBecause: string;
};

export type WaveSize = {
  readonly partitions: OrUnknown<number>;
  readonly bytes: OrUnknown<number>;
  /** Sorted. */
  readonly teams: readonly string[];
  readonly recordsPerSecond: OrUnknown<number>;
  readonly bytesPerSecond: OrUnknown<number>;
  /** What the mirror has still to copy when the freeze begins, at its largest delay. Unknown without a rate of the mirror. */
  readonly drainSeconds: OrUnknown<number>;
};

export type PlannedWave = {
  readonly name: string;
  /** From 1. */
  readonly order: number;
  /** All lists of names are sorted. */
  readonly topics: readonly string[];
  readonly groups: readonly PlannedGroup[];
  /** Names of clients as the file declares them, else as the inventory names them. */
  readonly clients: readonly string[];
  /** workers/name */
  readonly connectors: readonly string[];
  /** Registered on the target at the latest with this wave, the first that needs them. */
  readonly subjects: readonly string[];
  readonly transactionalIds: readonly string[];
  readonly principals: readonly string[];
  /** One sentence for a manager: why these, and why now. */
  readonly reason: string;
  /** One sentence: why its neighbours are not in it. */
  readonly cut: string;
  /** What binds it, sorted. */
  readonly edges: readonly Edge[];
  readonly size: WaveSize;
  readonly risk: Risk;
  /** Waves that must not be sealed before this one has moved, since an item of this one still reads them through the reverse mirror. */
  readonly holdsSealOf: readonly string[];
};
