/** An estate as big ones are: most topics private to one service, services that read a neighbour, and a few topics that very many share. */

import type { AnyAcl } from "#core/inventory/access.ts";
import { assemble, kinds } from "#core/inventory/assemble.ts";
import type { Connector } from "#core/inventory/connector.ts";
import type { Group } from "#core/inventory/group.ts";
import type { Producer, Transaction } from "#core/inventory/producers.ts";
import type { Kind, Kinds, Snapshot, SomeListings } from "#core/inventory/snapshot.ts";
import type { TopicThroughput } from "#core/inventory/throughput.ts";
import type { Topic } from "#core/inventory/topic.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { type Migration, migrationSchema } from "#core/migration/migration.ts";

export type Scale = { readonly topics: number; readonly groups: number; readonly principals: number };

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);
const SHARED = ["reference.currencies", "audit.events", "platform.config"];
const WORDS = ["orders", "invoices", "stock", "shipping", "prices", "returns", "offers", "claims"];

export type Generated = { readonly migration: Migration; readonly source: Snapshot };

export function generatedEstate({ topics, groups, principals }: Scale): Generated {
  const services = Array.from({ length: principals }, (_, n) => service(n));
  const owned = Math.max(1, Math.floor((topics - SHARED.length) / principals));
  const topicsOf = services.map(({ name }) =>
    Array.from({ length: owned }, (_, k) => `${name}.${TOPICS[k] ?? `part-${k}`}`),
  );
  const rest = Array.from(
    { length: Math.max(0, topics - SHARED.length - owned * principals) },
    (_, n) => `lake.raw-${n}`,
  );
  const names = [...SHARED, ...topicsOf.flat(), ...rest];
  const at = <T>(of: readonly T[], n: number): T => of[n % of.length] as T;

  const readers = Array.from({ length: groups }, (_, g) => {
    const owner = g % principals;
    const round = Math.floor(g / principals);
    const own = at(topicsOf[owner] ?? [], round);
    return {
      id: `${services[owner]?.name}-reader-${round}`,
      owner,
      reads: [
        own,
        // One of a hundred reads what the service beside it makes; every fortieth what very many read.
        ...(g % 100 === 7 ? [at(topicsOf[(owner + 1) % principals] ?? [], 0)] : []),
        ...(g % 40 === 3 ? ["reference.currencies"] : []),
        ...(g % 160 === 5 ? ["platform.config"] : []),
      ],
    };
  });
  const writes = topicsOf.map((own, n) => [...own, ...(n % 50 === 9 ? ["audit.events"] : [])]);
  const items: { readonly [K in Kind]?: readonly Kinds[K][] } = {
    topics: names.map(topic),
    groups: readers.map(group),
    acls: writes
      .flatMap((own, n) => own.map((name) => right(name, services[n]?.principal ?? "", "WRITE")))
      .concat(
        readers.map(({ id, owner }) => ({
          ...right(id, services[owner]?.principal ?? "", "READ"),
          resourceType: "GROUP",
        })),
      ),
    producers: writes.map((own, n) => producer(n, own)),
    transactions: services.flatMap((_, n) => (n % 20 === 4 ? [transaction(`settle-${n}`, n)] : [])),
    throughput: names.map((name, n) => throughput(name, n)),
    subjects: topicsOf.flatMap(([name = ""], n) => (n % 5 === 0 ? [subject(`${name}-value`, n)] : [])),
    connectors: topicsOf.flatMap(([name = ""], n) => (n % 25 === 1 ? [sink(`sink-${n}`, name)] : [])),
  };
  const blank = assemble([], AT);
  const given = Object.fromEntries(kinds.map((kind) => [kind, { ...blank[kind], items: items[kind] ?? [], gaps: [] }]));
  return {
    migration: migrationFor(services, readers),
    source: {
      migration: "estate",
      side: "source",
      id: new Date(AT).toISOString(),
      startedAt: AT,
      endedAt: AT + 1000,
      listings: assemble([given as SomeListings], AT),
    },
  };
}

const TOPICS = ["events", "commands", "dlq", "snapshots"];

type Service = { readonly name: string; readonly principal: string; readonly team: string };
const service = (n: number): Service => {
  const team = `team-${n % 40}`;
  const name = `${WORDS[n % WORDS.length]}-${n}`;
  return { name, principal: `User:${name}`, team };
};

const topic = (name: string, n: number): Topic => ({
  name,
  id: `id-${n}`,
  isInternal: false,
  partitions: Array.from({ length: 1 + (n % 6) }, (_, partition) => ({
    partition,
    leader: 1,
    replicas: [1, 2, 3],
    inSync: [1, 2, 3],
    ends: { logStart: offsetOn(0n), highWatermark: offsetOn(1000n) },
    newest: { offset: offsetOn(999n), at: AT },
    sizeBytes: 1_000_000 * (1 + (n % 50)),
  })),
  configs: new Map([["cleanup.policy", { value: "delete", origin: "default" }]]),
});

const group = ({ id, reads }: { readonly id: string; readonly reads: readonly string[] }): Group => ({
  id,
  kind: "classic",
  protocolType: "consumer",
  state: "Stable",
  coordinator: 1,
  members: [{ memberId: `${id}-1`, clientId: id, host: "/10.0.0.1", subscribed: reads, assigned: [] }],
  offsets: reads.map((name) => ({ topic: name, partition: 0, offset: offsetOn(990n), metadata: "" })),
  lastCommit: { at: AT },
});

const right = (resourceName: string, principal: string, operation: "READ" | "WRITE"): AnyAcl => ({
  resourceType: "TOPIC",
  resourceName,
  pattern: "LITERAL",
  principal,
  host: "*",
  operation,
  permission: "ALLOW",
});

const producer = (n: number, topics: readonly string[]): Producer => ({
  producerId: BigInt(n),
  partitions: topics.map((name) => ({ topic: name, partition: 0, lastAt: AT })),
});

const transaction = (transactionalId: string, n: number): Transaction => ({
  transactionalId,
  producerId: BigInt(n),
  state: "CompleteCommit",
  coordinator: 1,
  detail: { timeoutMs: 60_000, startedAt: undefined, partitions: [] },
});

const throughput = (name: string, n: number): TopicThroughput => ({
  topic: name,
  seconds: 10,
  recordsPerSecond: n % 7,
  bytesPerSecond: (n % 7) * 1000,
  averageRecordBytes: 1000,
});

const subject = (name: string, id: number): Kinds["subjects"] => ({
  name,
  versions: [{ version: 1, id }],
  type: "AVRO",
  references: [],
  compatibility: undefined,
  mode: undefined,
});

const sink = (name: string, reads: string): Connector => ({
  name,
  workers: "http://connect:8083",
  kind: "sink",
  class: "Sink",
  config: {},
  state: "RUNNING",
  tasks: [],
  reads: [reads],
  writes: [],
  group: `connect-${name}`,
});

type Reader = { readonly id: string; readonly owner: number };

/** Of every third group it is known that it may read records twice. */
const migrationFor = (services: readonly Service[], readers: readonly Reader[]): Migration =>
  migrationSchema.parse({
    name: "estate",
    source: { bootstrapServers: ["old:9092"], auth: { type: "none" } },
    target: { bootstrapServers: ["new:9092"], auth: { type: "none" } },
    replicator: {
      forward: { principal: "User:mirror-forward", auth: { type: "none" } },
      reverse: { principal: "User:mirror-reverse", auth: { type: "none" } },
    },
    people: [{ id: "olga", roles: ["operator", "cutover-approver", "seal-approver"] }],
    waves: [],
    planning: {
      groups: readers.map(({ id, owner }, n) => ({
        id,
        owner: services[owner]?.team ?? "nobody",
        reset: "earliest",
        ...(owner % 3 === 0 ? { replaySafe: true } : n % 11 === 0 ? { replaySafe: false, sideEffects: true } : {}),
      })),
      clients: [
        ...services.map(({ name, principal, team }) => ({
          name,
          kind: "producer",
          owner: team,
          principal,
          switch: { ssm: `/${name}/kafka/cluster` },
        })),
        ...readers.map(({ id, owner }) => ({
          name: id,
          kind: "consumer",
          group: id,
          principal: services[owner]?.principal ?? "",
          switch: { ssm: `/${id}/kafka/cluster` },
        })),
      ],
      throughput: { taskBytesPerSecond: 20_000_000, from: "the generated estate" },
      rollbackHours: 24,
    },
  });
