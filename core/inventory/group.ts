import type { Configs } from "./config.ts";
import type { Offset } from "./topic.ts";
import type { OrUnknown } from "./unknown.ts";

/** "unknown": a kind that is newer than this version of Sluice. */
export type GroupKind = "classic" | "consumer" | "share" | "streams" | "unknown";

export type Group = {
  readonly id: string;
  readonly kind: GroupKind;
  /** What its members speak: "consumer", "connect", "sr" (schema registries)…; "" for classic groups that only ever had offsets committed. */
  readonly protocolType: string;
  /** As Kafka names it: Stable, Empty, Dead, PreparingRebalance, Assigning… */
  readonly state: OrUnknown<string>;
  /** Broker id; -1 where it is not told. */
  readonly coordinator: number;
  readonly members: OrUnknown<readonly Member[]>;
  /** Committed offsets; of a share group, where its share of each partition begins. */
  readonly offsets: OrUnknown<readonly Commit[]>;
  /** When it last committed: at a time, or before the time from which on commits were looked at. In ms. */
  readonly lastCommit: OrUnknown<{ readonly at: number } | { readonly before: number }>;
  /** Absent of classic groups: theirs are their members' own. */
  readonly configs?: OrUnknown<Configs>;
};

export type Member = {
  readonly memberId: string;
  /** Of static members. */
  readonly instanceId?: string;
  readonly clientId: string;
  readonly host: string;
  /** Topics that it subscribes to by name; empty where it does not say. */
  readonly subscribed: readonly string[];
  readonly assigned: readonly { readonly topic: string; readonly partitions: readonly number[] }[];
};

export type Commit = {
  readonly topic: string;
  readonly partition: number;
  /** Unknown while a transaction that commits it is open, or where the topic may not be described. */
  readonly offset: OrUnknown<Offset>;
  readonly metadata: string;
};
