/** Items of an estate, for the tests of what is made of a snapshot. */
import type { AnyAcl } from "#core/inventory/access.ts";
import type { Broker, ClusterFacts } from "#core/inventory/brokers.ts";
import type { Configs } from "#core/inventory/config.ts";
import type { Connector } from "#core/inventory/connector.ts";
import type { Member } from "#core/inventory/group.ts";
import type { Producer, Transaction } from "#core/inventory/producers.ts";
import type { Subject } from "#core/inventory/schema.ts";
import type { Kind, Snapshot } from "#core/inventory/snapshot.ts";
import { type Unknown, unknown } from "#core/inventory/unknown.ts";

export const acl = (o: Partial<AnyAcl> = {}): AnyAcl => ({
  resourceType: "TOPIC",
  resourceName: "orders",
  pattern: "LITERAL",
  principal: "User:orders-api",
  host: "*",
  operation: "WRITE",
  permission: "ALLOW",
  ...o,
});

export const member = (clientId: string, o: Partial<Member> = {}): Member => ({
  memberId: `${clientId}-1`,
  clientId,
  host: "/10.0.0.1",
  subscribed: [],
  assigned: [],
  ...o,
});

export const producer = (id: number, topics: readonly string[]): Producer => ({
  producerId: BigInt(id),
  partitions: topics.map((topic) => ({ topic, partition: 0, lastAt: 1 })),
});

export const transaction = (
  transactionalId: string,
  producerId: number,
  o: Partial<Transaction> = {},
): Transaction => ({
  transactionalId,
  producerId: BigInt(producerId),
  state: "CompleteCommit",
  coordinator: 1,
  detail: { timeoutMs: 60_000, startedAt: undefined, partitions: [] },
  ...o,
});

export const subject = (name: string, o: Partial<Subject> = {}): Subject => ({
  name,
  versions: [{ version: 1, id: 1 }],
  type: "AVRO",
  references: [],
  compatibility: undefined,
  mode: undefined,
  ...o,
});

export const connector = (name: string, o: Partial<Connector> = {}): Connector => ({
  name,
  workers: "http://connect:8083",
  kind: "sink",
  class: "FileStreamSink",
  config: {},
  state: "RUNNING",
  tasks: [],
  reads: [],
  writes: [],
  ...o,
});

export const cluster = (o: Partial<ClusterFacts> = {}): ClusterFacts => ({
  clusterId: "abc",
  controllerId: 1,
  features: {},
  release: "4.1",
  authorizer: "present",
  ...o,
});

export const broker = (id: number, o: Partial<Broker> = {}): Broker => ({
  id,
  host: `broker-${id}`,
  port: 9092,
  rack: null,
  configs: new Map(),
  requests: {},
  ...o,
});

export const configs = (values: Readonly<Record<string, string>>, origin: "topic" | "default" = "topic"): Configs =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, origin }]));

export const notAllowed: Unknown = unknown("DescribeAcls", "not allowed to", "allow it");

/** The same snapshot with a gap in one listing. */
export const withGap = (snapshot: Snapshot, kind: Kind, gap: Unknown = notAllowed): Snapshot => ({
  ...snapshot,
  listings: { ...snapshot.listings, [kind]: { ...snapshot.listings[kind], gaps: [gap] } },
});
