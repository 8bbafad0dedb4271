import type { Side } from "#core/kafka/offset.ts";
import type { AnyAcl, Quota, ScramUser } from "./access.ts";
import type { Broker, ClusterFacts } from "./brokers.ts";
import type { Connector } from "./connector.ts";
import type { Group } from "./group.ts";
import type { OperatingObject } from "./operation.ts";
import type { Producer, Transaction } from "./producers.ts";
import type { Registry, SchemaUse, Subject } from "./schema.ts";
import type { TopicThroughput } from "./throughput.ts";
import type { Topic } from "./topic.ts";
import type { Listing } from "./unknown.ts";

/** Which snapshot: `id` is the time it was begun at (ISO 8601, to the millisecond), so that ids sort as times do. */
export type SnapshotRef = { readonly migration: string; readonly side: Side; readonly id: string };

/** Every kind of object that a snapshot lists, by the name that routes and stored parts have. */
export type Kinds = {
  /** One item. */
  readonly cluster: ClusterFacts;
  readonly brokers: Broker;
  readonly topics: Topic;
  readonly groups: Group;
  readonly producers: Producer;
  readonly transactions: Transaction;
  readonly acls: AnyAcl;
  readonly "scram-users": ScramUser;
  readonly quotas: Quota;
  readonly throughput: TopicThroughput;
  /** One item, or none where no registry is declared. */
  readonly registry: Registry;
  readonly subjects: Subject;
  readonly "schema-use": SchemaUse;
  readonly connectors: Connector;
  readonly operations: OperatingObject;
};

export type Kind = keyof Kinds;

export type Listings = { readonly [K in Kind]: Listing<Kinds[K]> };

/** Of some kinds, or of some names only: what one request for a page brought. */
export type SomeListings = { readonly [K in Kind]?: Listing<Kinds[K]> };

/** What was known of one cluster at one time. A kind that was never asked for is a listing of no items with a gap that says why. */
export type Snapshot = SnapshotRef & {
  /** In ms; what lies between is how long the parts are apart. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly listings: Listings;
};
