import { asDeclared } from "#core/inventory/as-declared.ts";
import { clientsOf, type EstateClients } from "#core/inventory/clients/clients.ts";
import { touchedBy } from "#core/inventory/connectors/touches.ts";
import { topicsOfTransactions } from "#core/inventory/coupling.ts";
import { topicsOfGroup } from "#core/inventory/flags/flag-facts.ts";
import { type IsLoosened, loosenedIn, type Names } from "#core/inventory/loosened.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import { streamsTopic } from "#core/inventory/streams-topics.ts";
import type { Migration } from "#core/migration/migration.ts";
import { byItemThenTopic, type Coupling, type Graph, named, priceOf } from "./graph.ts";
import { compare, keyOf } from "./order-of-names.ts";
import { type Party, partiesOf } from "./parties.ts";
import type { Edge, Item, LoosenedEdge } from "./plan.ts";
import type { Scope } from "./scope.ts";
import type { Sources } from "./sources.ts";

export const clientsIn = (migration: Migration, source: Snapshot): EstateClients =>
  clientsOf(asDeclared(source, migration.estate), migration);

export function buildGraph(sources: Sources): Graph {
  const built = new Building(sources.scope, loosenedIn(sources.migration.planning, sources.now));
  groups(sources, built);
  transactionalIds(sources, built);
  connectors(sources, built);
  for (const party of partiesOf(sources)) built.party(party);
  return built.finished();
}

function groups({ scope, declared }: Sources, built: Building): void {
  for (const [id, group] of scope.groups) {
    const owners = [declared.groups.get(id)?.owner, scope.owners.get(`groups/${id}`)].filter((o) => o !== undefined);
    const item = built.item({ kind: "group", name: id }, owners);
    for (const topic of topicsOfGroup(group)) item(topic, "reads", "seen", `group ${id} reads ${topic}`);
  }
  for (const topic of scope.topics.keys()) {
    const streams = streamsTopic(topic, scope.groups);
    if (streams?.application === undefined) continue;
    const says = `${topic} is the ${streams.kind} of Kafka Streams application ${streams.application}`;
    built.item({ kind: "group", name: streams.application }, [])(topic, "owns", "seen", says);
  }
}

function transactionalIds({ source }: Sources, built: Building): void {
  for (const [id, topics] of topicsOfTransactions(source)) {
    const item = built.item({ kind: "transactional-id", name: id }, []);
    for (const topic of topics) item(topic, "writes", "seen", `transactional id ${id} writes ${topic} in transactions`);
  }
}

function connectors({ scope, source }: Sources, built: Building): void {
  const known = [...scope.topics.keys(), ...scope.fixedTopics.keys()];
  const groupsById = new Map(source.listings.groups.items.map((group) => [group.id, group]));
  for (const [name, connector] of scope.connectors) {
    const owner = scope.owners.get(`connectors/${name}`);
    const item = built.item({ kind: "connector", name }, owner === undefined ? [] : [owner]);
    const { reads, writes, deadLetterTopic, group } = connector;
    const ofGroup = group === undefined ? undefined : groupsById.get(group);
    for (const topic of new Set([
      ...touchedBy({ reads, writes: [] }, known),
      ...(ofGroup === undefined ? [] : topicsOfGroup(ofGroup)),
    ]))
      item(topic, "reads", "seen", `connector ${name} reads ${topic}`);
    const written = { reads: [], writes, ...(deadLetterTopic === undefined ? {} : { deadLetterTopic }) };
    for (const topic of touchedBy(written, known)) item(topic, "writes", "seen", `connector ${name} writes ${topic}`);
  }
}

type Tell = (topic: string, does: Edge["does"], evidence: Edge["evidence"], says: string) => void;
type Draft = {
  readonly item: Item;
  readonly names: Names;
  readonly owners: Set<string>;
  readonly edges: Map<string, Edge>;
  readonly joined: Set<string>;
};

class Building {
  readonly #scope: Scope;
  readonly #isLoosened: IsLoosened;
  readonly #drafts = new Map<string, Draft>();
  readonly #loosened = new Map<string, LoosenedEdge>();
  readonly #crossing: { readonly edge: Edge; readonly wave: string }[] = [];

  constructor(scope: Scope, isLoosened: IsLoosened) {
    this.#scope = scope;
    this.#isLoosened = isLoosened;
  }

  item(item: Item, owners: readonly string[], names: Names = [item]): Tell {
    const draft = this.#draft(item, names);
    for (const owner of owners) draft.owners.add(owner);
    return (topic, does, evidence, says) => this.#edge(draft, { item, topic, does, evidence, says });
  }

  party({ item, names, owners, writes, groups }: Party): void {
    const tell = this.item(item, owners, names);
    for (const { topic, evidence } of writes)
      tell(topic, "writes", evidence, `${named(item)} ${evidence === "right" ? "may write" : "writes"} ${topic}`);
    const draft = this.#draft(item, names);
    // Loosened from everything: only that frees a client from its own groups.
    if (draft.edges.size === 0 || this.#isLoosened(names, "") !== undefined) return;
    for (const id of groups) if (this.#scope.groups.has(id)) draft.joined.add(keyOf({ kind: "group", name: id }));
  }

  #draft(item: Item, names: Names): Draft {
    const key = keyOf(item);
    const draft = this.#drafts.get(key) ?? { item, names, owners: new Set(), edges: new Map(), joined: new Set() };
    this.#drafts.set(key, draft);
    return draft;
  }

  #edge(draft: Draft, edge: Edge): void {
    const isPlanned = this.#scope.topics.has(edge.topic);
    const wave = this.#scope.fixedTopics.get(edge.topic);
    if (!isPlanned && wave === undefined) return;
    const said = edge.does === "owns" ? undefined : this.#isLoosened(draft.names, edge.topic);
    const key = JSON.stringify([edge.does, edge.topic]);
    const isMoved = draft.names
      .map(({ kind, name }) => (kind === "principal" ? this.#scope.fixedPrincipals.get(name) : undefined))
      .find((moved) => moved !== undefined);
    if (said !== undefined) {
      const { by, until, reason } = said;
      this.#loosened.set(`${keyOf(edge.item)} ${key}`, { edge, by, until, reason, price: priceOf(edge) });
    } else if (wave !== undefined && wave === isMoved) return;
    else if (wave !== undefined) this.#crossing.push({ edge, wave });
    else if (isMoved !== undefined) this.#crossing.push({ edge, wave: isMoved });
    else if (draft.edges.get(key)?.evidence !== "seen") draft.edges.set(key, edge);
  }

  finished(): Graph {
    const used = new Set(
      [...this.#drafts.values()].flatMap(({ edges }) => [...edges.values()].map(({ topic }) => topic)),
    );
    for (const { edge } of this.#loosened.values()) used.add(edge.topic);
    const topics = [...this.#scope.topics.keys()]
      .filter((topic) => used.has(topic) || !this.#scope.onlyIfUsed.has(topic))
      .toSorted(compare);
    const couplings = new Map(
      [...this.#drafts]
        .toSorted(([a], [b]) => compare(a, b))
        .map(([key, { item, names, owners, edges, joined }]): [string, Coupling] => [
          key,
          {
            item,
            names,
            owners: [...owners].toSorted(compare),
            edges: [...edges.values()].toSorted(byItemThenTopic),
            joined: [...joined].toSorted(compare),
          },
        ]),
    );
    const ofTopic = Map.groupBy(
      [...couplings.values()].flatMap(({ edges }) => edges),
      ({ topic }) => topic,
    );
    return {
      topics,
      couplings,
      ofTopic,
      loosened: [...this.#loosened.values()].toSorted((a, b) => byItemThenTopic(a.edge, b.edge)),
      // What is bound to nothing else has moved with that wave, or was left behind when it started.
      crossing: this.#crossing
        .filter(({ edge }) => this.#scope.topics.has(edge.topic) || couplings.get(keyOf(edge.item))?.edges.length !== 0)
        .toSorted((a, b) => byItemThenTopic(a.edge, b.edge)),
    };
  }
}
