import { type Client, isWriter, type Migration } from "#core/migration/migration.ts";
import { mirrorSignIn, ownSignIn } from "#core/migration/sign-in.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import { reachesRecords } from "../access.ts";
import type { EstateClient } from "../client.ts";
import { type Decided, decidedIn } from "../dispositions/decided.ts";
import { topicOfSubject } from "../dispositions/subjects-of-waves.ts";
import type { Group } from "../group.ts";
import type { Kind, Snapshot } from "../snapshot.ts";
import { orElse, type Unknown } from "../unknown.ts";
import { Draft } from "./draft.ts";
import { RightsIndex } from "./rights.ts";

export type EstateClients = {
  readonly clients: readonly EstateClient[];
  /** Those that nobody owns. */
  readonly unclaimed: { readonly count: number; readonly names: readonly string[] };
  /** Why there may be others. */
  readonly gaps: readonly Unknown[];
};

const JOINED: readonly Kind[] = ["groups", "producers", "transactions", "acls", "subjects", "connectors"];
const DIRECTIONS = ["forward", "reverse"] as const;
const OFFSETS = "__consumer_offsets";

/** Who reads and writes: the file's clients first, then whoever was seen, each joined to whom it can only be. */
export function clientsOf(snapshot: Snapshot, migration: Migration): EstateClients {
  const joined = new Join(snapshot, migration);
  joined.file();
  joined.rights();
  joined.connectors();
  joined.groups();
  joined.producers();
  joined.unseenWriters();
  const clients = joined.drafts
    .map((draft) => draft.finished())
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const names = clients.filter(({ owner }) => owner === undefined).map(({ name }) => name);
  return {
    clients,
    unclaimed: { count: names.length, names },
    gaps: JOINED.flatMap((kind) => snapshot.listings[kind].gaps),
  };
}

class Join {
  readonly drafts: Draft[] = [];
  readonly #snapshot: Snapshot;
  readonly #migration: Migration;
  readonly #decided: Decided;
  readonly #ofPrincipal = new Map<string, Draft[]>();
  readonly #ofGroup = new Map<string, Draft>();
  /** Of the file, by topic of their wave, or that they are declared to write. */
  readonly #writersOfWave = new Map<string, Draft[]>();
  readonly #written = new Set<string>();

  constructor(snapshot: Snapshot, migration: Migration) {
    this.#snapshot = snapshot;
    this.#migration = migration;
    this.#decided = decidedIn(migration.estate);
  }

  file(): void {
    for (const { topics, groups, clients } of this.#migration.waves) {
      for (const client of clients) {
        const group = groups.find(({ id }) => id === client.group);
        const draft = this.#add(new Draft(client.name, client.owner ?? group?.owner)).learn("migration file", {
          principals: [client.principal],
          groups: client.group === undefined ? [] : [client.group],
        });
        push(this.#ofPrincipal, client.principal, draft);
        if (client.group !== undefined) this.#ofGroup.set(client.group, draft);
        if (isWriter(client)) for (const topic of topics) push(this.#writersOfWave, topic, draft);
      }
      for (const { id, owner } of groups)
        if (!this.#ofGroup.has(id))
          this.#ofGroup.set(id, this.#add(new Draft(id, owner)).learn("migration file", { groups: [id] }));
    }
    this.#plannedFor();
  }

  /** Declared for a plan: those that are in no wave yet. */
  #plannedFor(): void {
    const { clients = [], groups = [] } = this.#migration.planning ?? {};
    const inWaves = new Set(this.#migration.waves.flatMap((wave) => wave.clients.map(clientKey)));
    for (const client of clients) {
      if (inWaves.has(clientKey(client))) continue;
      const group = groups.find(({ id }) => id === client.group);
      const draft = this.#add(new Draft(client.name, client.owner ?? group?.owner)).learn("migration file", {
        principals: [client.principal],
        groups: client.group === undefined ? [] : [client.group],
        writes: client.writes ?? [],
      });
      push(this.#ofPrincipal, client.principal, draft);
      for (const topic of client.writes ?? []) push(this.#writersOfWave, topic, draft);
      if (client.group !== undefined && !this.#ofGroup.has(client.group)) this.#ofGroup.set(client.group, draft);
    }
    for (const { id, owner } of groups)
      if (!this.#ofGroup.has(id))
        this.#ofGroup.set(id, this.#add(new Draft(id, owner)).learn("migration file", { groups: [id] }));
  }

  rights(): void {
    const own = ownPrincipals(this.#migration, this.#snapshot);
    for (const acl of this.#snapshot.listings.acls.items) {
      const { principal, permission, operation, pattern, resourceName, resourceType } = acl;
      if (permission !== "ALLOW" || principal === "User:*" || own.has(principal) || !reachesRecords(acl)) continue;
      const drafts = this.#ofPrincipal.get(principal) ?? [this.#principal(principal)];
      const isLiteral = pattern === "LITERAL" && resourceName !== "*";
      const may = (what: "READ" | "WRITE") => operation === what || operation === "ALL";
      for (const draft of drafts)
        draft.learn("DescribeAcls", {
          // What a prefix or a wildcard allows says nothing about what is used.
          reads: isLiteral && resourceType === "TOPIC" && may("READ") ? [resourceName] : [],
          writes: isLiteral && resourceType === "TOPIC" && may("WRITE") ? [resourceName] : [],
        });
    }
  }

  connectors(): void {
    for (const { name, workers, reads, writes, deadLetterTopic, group } of this.#snapshot.listings.connectors.items) {
      const decided = this.#decided("connectors", `${workers}/${name}`);
      const draft = this.#add(new Draft(`connector ${name}`, decided?.owner)).learn("Kafka Connect", {
        reads: orElse(reads, []),
        writes: [...orElse(writes, []), ...(deadLetterTopic === undefined ? [] : [deadLetterTopic])],
        groups: group === undefined ? [] : [group],
      });
      for (const topic of orElse(writes, [])) this.#written.add(topic);
      if (group !== undefined && !this.#ofGroup.has(group)) this.#ofGroup.set(group, draft);
    }
  }

  groups(): void {
    const readers = new RightsIndex(this.#snapshot.listings.acls.items, "GROUP", "READ");
    const own = DIRECTIONS.map((direction) => workerNames(this.#migration.name, direction).groupId);
    for (const group of this.#snapshot.listings.groups.items) {
      if (own.includes(group.id)) continue;
      const draft = this.#ofGroup.get(group.id) ?? this.#reader(group, readers);
      draft.owner ??= this.#decided("groups", group.id)?.owner;
      const members = orElse(group.members, []);
      draft.learn("DescribeGroups", {
        groups: [group.id],
        clientIds: members.map(({ clientId }) => clientId),
        hosts: members.map(({ host }) => host),
        reads: members.flatMap(({ subscribed, assigned }) => [...subscribed, ...assigned.map(({ topic }) => topic)]),
      });
      const commits = orElse(group.offsets, []);
      if (commits.length > 0) draft.learn("OffsetFetch", { reads: commits.map(({ topic }) => topic) });
    }
  }

  /** A group that one principal alone may use is that one's; of several it cannot be told whose. */
  #reader({ id, members }: Group, readers: RightsIndex): Draft {
    const [principal, ...others] = readers.principalsOn(id);
    const known = principal === undefined || others.length > 0 ? undefined : this.#ofPrincipal.get(principal);
    const [draft, ...more] = known ?? [];
    if (draft !== undefined && more.length === 0) return draft;
    const [clientId, ...differing] = new Set(orElse(members, []).map((member) => member.clientId));
    return this.#add(new Draft(clientId === undefined || differing.length > 0 ? id : clientId));
  }

  producers(): void {
    const onIds = new RightsIndex(this.#snapshot.listings.acls.items, "TRANSACTIONAL_ID", "WRITE");
    const onTopics = new RightsIndex(this.#snapshot.listings.acls.items, "TOPIC", "WRITE");
    const ofProducer = new Map<bigint, Draft>();
    for (const { transactionalId, producerId, detail } of this.#snapshot.listings.transactions.items) {
      const draft = this.#only(onIds.principalsOn(transactionalId)) ?? this.#add(new Draft(transactionalId));
      const writes = orElse(detail, { partitions: [] }).partitions.map(({ topic }) => topic);
      draft.learn("ListTransactions", {
        transactionalIds: [transactionalId],
        writes: writes.filter((topic) => topic !== OFFSETS),
      });
      ofProducer.set(producerId, draft);
    }
    for (const { producerId, partitions } of this.#snapshot.listings.producers.items) {
      const writes = [...new Set(partitions.map(({ topic }) => topic))].filter((topic) => topic !== OFFSETS);
      if (writes.length === 0) continue;
      const draft = ofProducer.get(producerId) ?? this.#writer(String(producerId), writes, onTopics);
      draft.learn("DescribeProducers", { writes });
      for (const topic of writes) this.#written.add(topic);
    }
  }

  /** Whoever may write all of these topics; of several, whoever it is has an owner if each of them has. */
  #writer(producerId: string, topics: readonly string[], rights: RightsIndex): Draft {
    const may = inAll(topics.map((topic) => rights.principalsOn(topic)));
    const named = may.flatMap((principal) => this.#ofPrincipal.get(principal) ?? []);
    const candidates = may.length > 0 ? named : inAll(topics.map((topic) => new Set(this.#writersOfWave.get(topic))));
    const [only, ...others] = candidates;
    if (only !== undefined && others.length === 0) return only;
    const owners = new Set(candidates.map((one) => one.owner));
    const owner =
      owners.has(undefined) || owners.size === 0 ? undefined : [...owners].map(String).toSorted().join(" or ");
    return this.#add(new Draft(`producer ${producerId}`, owner));
  }

  #only(principals: ReadonlySet<string>): Draft | undefined {
    const [draft, ...others] = [...principals].flatMap((principal) => this.#ofPrincipal.get(principal) ?? []);
    return others.length === 0 ? draft : undefined;
  }

  /** Producers without idempotence leave no trace of their own: that a topic grows, or has a schema, is all there is to see. */
  unseenWriters(): void {
    const hasWriter = (topic: string) => this.#written.has(topic) || this.#writersOfWave.has(topic);
    const drafts = new Map<string, Draft>();
    const unseen = (topic: string) => {
      const draft =
        drafts.get(topic) ?? this.#add(new Draft(`writer of ${topic}`, this.#decided("topics", topic)?.owner));
      drafts.set(topic, draft);
      return draft;
    };
    const mayWrite = new RightsIndex(this.#snapshot.listings.acls.items, "TOPIC", "WRITE");
    for (const { topic, recordsPerSecond } of this.#snapshot.listings.throughput.items)
      if (
        orElse(recordsPerSecond, 0) > 0 &&
        !topic.startsWith("__") &&
        !hasWriter(topic) &&
        mayWrite.principalsOn(topic).size === 0
      )
        unseen(topic).learn("two sweeps", { writes: [topic] });
    const topics = new Set(this.#snapshot.listings.topics.items.map(({ name }) => name));
    for (const { name } of this.#snapshot.listings.subjects.items) {
      const topic = topicOfSubject(name);
      if (topics.has(topic) && !hasWriter(topic) && mayWrite.principalsOn(topic).size === 0)
        unseen(topic).learn("Schema Registry", { writes: [topic] });
    }
  }

  #principal(principal: string): Draft {
    const owner = this.#decided("scram-users", principal.replace(/^User:/, ""))?.owner;
    const draft = this.#add(new Draft(principal, owner)).learn("DescribeAcls", { principals: [principal] });
    this.#ofPrincipal.set(principal, [draft]);
    return draft;
  }

  #add(draft: Draft): Draft {
    this.drafts.push(draft);
    return draft;
  }
}

/** Sluice and its mirrors are no clients of the estate. */
export const ownPrincipals = (migration: Migration, { side }: Pick<Snapshot, "side">): ReadonlySet<string> =>
  new Set(
    [ownSignIn(migration, side), mirrorSignIn(migration, "forward", side), mirrorSignIn(migration, "reverse", side)]
      .map(({ principal }) => principal)
      .filter((principal) => principal !== undefined && principal !== "User:ANONYMOUS"),
  ) as ReadonlySet<string>;

const clientKey = ({ principal, group, name }: Client): string => JSON.stringify([principal, group ?? name]);

const inAll = <T>([first, ...others]: readonly ReadonlySet<T>[]): readonly T[] =>
  [...(first ?? [])].filter((one) => others.every((set) => set.has(one)));

const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  map.set(key, [...(map.get(key) ?? []), value]);
};
