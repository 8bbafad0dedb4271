/** Estates by chance, with what their items say told beside them, so that a plan is held against something else than itself. */
import fc from "fast-check";
import type { Kind, Kinds, Snapshot } from "#core/inventory/snapshot.ts";
import type { Migration } from "#core/migration/migration.ts";
import { migration } from "../../in-memory/migration.ts";
import { acl, connector, member, producer, subject, transaction } from "../inventory/estates.ts";
import { group, offset, partition, snapshot, topic } from "../inventory/snapshots.ts";

const SHARED = ["reference", "audit"];
const words = fc.constantFrom("orders", "stock", "claims");

const serviceArbitrary = fc.record({
  word: words,
  team: fc.option(fc.constantFrom("team-a", "team-b", "team-c"), { nil: undefined }),
  topics: fc.integer({ min: 1, max: 3 }),
  groups: fc.integer({ min: 0, max: 2 }),
  readsShared: fc.boolean(),
  writesAudit: fc.boolean(),
  readsNeighbour: fc.boolean(),
  principal: fc.constantFrom("its own", "its own", "common", "none"),
  seen: fc.boolean(),
  transactional: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  streams: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
  sink: fc.integer({ min: 0, max: 4 }).map((n) => n === 0),
  schema: fc.boolean(),
  replaySafe: fc.option(fc.boolean(), { nil: undefined }),
  sideEffects: fc.option(fc.boolean(), { nil: undefined }),
  retired: fc.integer({ min: 0, max: 6 }).map((n) => n === 0),
  loosened: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
});
type Service = typeof serviceArbitrary extends fc.Arbitrary<infer T> ? T : never;

export type RandomEstate = {
  readonly migration: Migration;
  readonly source: Snapshot;
  /** Each set of topics that one item touches, without those from which it is loosened, and without what stays. */
  readonly together: readonly { readonly item: string; readonly topics: readonly string[] }[];
  readonly topics: readonly string[];
  /** Groups by what they read and is not loosened. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly loosened: readonly { readonly group: string; readonly topic: string }[];
};

export const LARGE = { partitions: 10_000, bytes: 1e15, teams: 50, groups: 200, drainSeconds: 1e6 };
const SMALL = { partitions: 4, bytes: 1e15, teams: 2, groups: 3, drainSeconds: 1e6 };

export const estateArbitrary = (limits: "large" | "any") =>
  fc
    .record({
      services: fc.array(serviceArbitrary, { minLength: 1, maxLength: 8 }),
      limits: limits === "large" ? fc.constant(LARGE) : fc.constantFrom(LARGE, SMALL),
    })
    .map(({ services, limits: of }) => estateOf(services, of));

type Items = { readonly [K in Kind]: Kinds[K][] };

function estateOf(services: readonly Service[], limits: typeof LARGE): RandomEstate {
  const items: Pick<
    Items,
    "topics" | "groups" | "acls" | "producers" | "transactions" | "subjects" | "schema-use" | "connectors"
  > = {
    topics: SHARED.map((name) => topic(name)),
    groups: [],
    acls: [],
    producers: [],
    transactions: [],
    // In records of several services: it goes with the first of them.
    subjects: [subject("io.example.Money", { versions: [{ version: 1, id: 77 }] })],
    "schema-use": [],
    connectors: [],
  };
  const decisions: object[] = [];
  const groups: object[] = [];
  const loosened: { group: string; topic: string }[] = [];
  const reads = new Map<string, string[]>();
  const together: { item: string; topics: string[] }[] = [];
  const retired = new Set<string>();
  const common: string[] = [];
  const named = services.map(({ word, topics }, n) => Array.from({ length: topics }, (_, k) => `${word}.s${n}.t${k}`));
  for (const [n, service] of services.entries()) {
    const own = named[n] ?? [];
    const principal = service.principal === "common" ? "User:common" : `User:s${n}`;
    items.topics.push(...own.map((name) => topic(name, { partitions: [partition(0), partition(1)] })));
    if (service.retired) {
      for (const name of own) {
        retired.add(name);
        decisions.push({ kind: "topics", name, disposition: "retire", by: "olga", reason: "old" });
      }
    }
    for (let g = 0; g < service.groups; g++) {
      const id = `s${n}-g${g}`;
      const neighbour = named[(n + 1) % named.length]?.[0];
      const topics = [
        own[g % own.length] ?? "",
        ...(service.readsShared && g === 0 ? ["reference"] : []),
        ...(service.readsNeighbour && g === 1 && neighbour !== undefined ? [neighbour] : []),
      ];
      items.groups.push(
        group(id, {
          members: [member(id, { subscribed: topics })],
          offsets: [{ topic: topics[0] ?? "", partition: 0, offset: offset(3), metadata: "" }],
        }),
      );
      if (service.team !== undefined)
        groups.push({
          id,
          owner: service.team,
          reset: "earliest",
          ...(service.replaySafe === undefined ? {} : { replaySafe: service.replaySafe }),
          ...(service.sideEffects === undefined ? {} : { sideEffects: service.sideEffects }),
        });
      const isLoosened = service.loosened && g === 0 && topics.includes("reference");
      if (isLoosened) loosened.push({ group: id, topic: "reference" });
      reads.set(id, isLoosened ? topics.filter((name) => name !== "reference") : topics);
      together.push({ item: `group ${id}`, topics: reads.get(id) ?? [] });
      if (service.streams && g === 0) {
        const changelog = `${id}-store-changelog`;
        items.topics.push(topic(changelog));
        together.push({ item: `streams ${id}`, topics: [changelog, ...(reads.get(id) ?? [])] });
      }
    }
    const writes = [...own, ...(service.writesAudit ? ["audit"] : [])];
    if (service.principal !== "none") items.acls.push(...writes.map((name) => acl({ resourceName: name, principal })));
    if (service.seen) items.producers.push(producer(n, writes));
    if (service.principal === "common") common.push(...writes);
    if (service.principal !== "none" || service.seen) together.push({ item: `writer ${n}`, topics: writes });
    if (service.transactional && service.seen) items.transactions.push(transaction(`tx-${n}`, n));
    if (service.sink) {
      const both = [own[0] ?? "", own.at(-1) ?? ""];
      items.connectors.push(connector(`sink-${n}`, { reads: both }));
      together.push({ item: `connector ${n}`, topics: both });
    }
    if (!service.schema) continue;
    items.subjects.push(subject(`${own[0]}-value`, { versions: [{ version: 1, id: n }] }));
    items["schema-use"].push({ topic: own[0] ?? "", sampledRecords: 1, keyIds: [], valueIds: [77] });
  }
  together.push({ item: "principal User:common", topics: common });
  const isPlanned = (name: string): boolean => !retired.has(name);
  return {
    migration: migration({
      waves: [],
      estate: { decisions },
      planning: {
        groups,
        limits,
        loosened: loosened.map(({ group: name, topic: of }) => ({
          kind: "group",
          name,
          topic: of,
          by: "olga",
          until: "2030-01-01",
          reason: "reads through the reverse mirror",
        })),
      },
    }),
    source: snapshot(items),
    together: together.map((one) => ({ ...one, topics: one.topics.filter(isPlanned) })),
    topics: items.topics.map(({ name }) => name).filter(isPlanned),
    groups: new Map([...reads].map(([id, topics]) => [id, topics.filter(isPlanned)])),
    loosened,
  };
}
