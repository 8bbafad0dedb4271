import { COUPLED_KINDS, type EstateDecisions } from "#core/migration/estate.ts";
import type { WavePlan } from "#core/migration/migration.ts";
import { touchedBy } from "./connectors/touches.ts";
import { type FlagFacts, topicsOfGroup } from "./flags/flag-facts.ts";
import { itemName } from "./item-name.ts";
import { type IsLoosened, type Loosened, loosenedIn, type Names } from "./loosened.ts";
import type { Snapshot } from "./snapshot.ts";
import { isUnknown, orElse, type Unknown } from "./unknown.ts";
import { endOfDay } from "./waivers.ts";

export type Coupled = {
  readonly kind: (typeof COUPLED_KINDS)[number];
  readonly name: string;
  readonly says: string;
  /** Who declared that it stays for now, and until which day. */
  readonly stays?: { readonly by: string; readonly until: string };
};

/** With the topics that tie it (it is free of these, or of the others), and by what other names a person may have loosened them. */
type Found = Omit<Coupled, "stays"> & {
  readonly topics: readonly string[];
  readonly otherwise?: readonly string[];
  readonly alsoNamed?: Names;
};

const OFFSETS = "__consumer_offsets";

/** By transactional id what its producer was seen to write, in a transaction that is open or before. */
export function topicsOfTransactions({
  listings: { transactions, producers },
}: Snapshot): ReadonlyMap<string, ReadonlySet<string>> {
  const written = new Map(producers.items.map((p) => [p.producerId, p.partitions.map(({ topic }) => topic)]));
  return new Map(
    transactions.items.map(({ transactionalId, producerId, detail }) => {
      const open = orElse(detail, { partitions: [] }).partitions.map(({ topic }) => topic);
      return [transactionalId, new Set([...open, ...(written.get(producerId) ?? [])].filter(isOfTheEstate))];
    }),
  );
}

const isOfTheEstate = (topic: string): boolean => topic !== OFFSETS;

/** What a wave is tied to and leaves behind; `facts` are those of the wave alone. */
export function coupledOutside(
  facts: FlagFacts,
  wave: WavePlan,
  now: number,
): { readonly items: readonly Coupled[]; readonly gaps: readonly Unknown[] } {
  const { connectors } = facts.source.listings;
  const isOfWave = (topic: string): boolean => wave.topics.includes(topic);
  const touching = (topics: Iterable<string>) => {
    const all = [...new Set(topics)].filter(isOfTheEstate).toSorted();
    return { inside: all.filter(isOfWave), outside: all.filter((topic) => !isOfWave(topic)) };
  };
  const found: Found[] = [];

  for (const group of facts.groups.items) {
    const { inside, outside } = touching(topicsOfGroup(group));
    const isMoved = wave.groups.some(({ id }) => id === group.id);
    if (!isMoved && inside.length > 0)
      found.push({
        kind: "group",
        name: group.id,
        says: `reads ${inside.join(", ")} and is not in the wave`,
        topics: inside,
      });
    if (isMoved && outside.length > 0)
      found.push({
        kind: "group",
        name: group.id,
        says: `moves, and also reads ${outside.join(", ")}`,
        topics: outside,
      });
  }

  const principals = new Set(wave.clients.map(({ principal }) => principal));
  for (const client of facts.clients.items) {
    const isMoved = client.principals.some((principal) => principals.has(principal));
    const { inside, outside } = touching(client.writes);
    // Connectors and transactional ids are told by their own names.
    if (client.name.startsWith("connector ") || client.principals.length === 0) continue;
    if (!isMoved && inside.length > 0)
      found.push({
        kind: "client",
        name: client.name,
        says: `writes ${inside.join(", ")}, or may, and is not in the wave`,
        topics: inside,
        alsoNamed: client.principals.map((principal) => ({ kind: "principal", name: principal })),
      });
    if (isMoved && outside.length > 0)
      for (const principal of client.principals)
        found.push({
          kind: "principal",
          name: principal,
          says: `moves, and also writes ${outside.join(", ")}, or may`,
          topics: outside,
          alsoNamed: [{ kind: "client", name: client.name }],
        });
  }

  for (const [transactionalId, topics] of topicsOfTransactions(facts.source)) {
    const { inside, outside } = touching(topics);
    if (inside.length > 0 && outside.length > 0)
      found.push({
        kind: "transactional-id",
        name: transactionalId,
        says: `writes ${inside.join(", ")} and ${outside.join(", ")} in one transaction`,
        topics: outside,
        otherwise: inside,
      });
  }

  for (const connector of connectors.items) {
    const inside = touchedBy(connector, wave.topics);
    const name = itemName.connectors(connector);
    if (inside.length > 0)
      found.push({ kind: "connector", name, says: `reads or writes ${inside.join(", ")}`, topics: inside });
  }

  const gaps = [
    ...facts.groups.gaps,
    ...facts.clients.gaps,
    ...connectors.items.flatMap(({ reads, writes }) => [reads, writes].filter(isUnknown)),
    ...facts.groups.items.flatMap(({ offsets }) =>
      typeof offsets === "object" && "unknown" in offsets ? [offsets] : [],
    ),
  ];
  const isLoosened = loosenedIn(facts.migration.planning, now);
  return { items: found.map((one) => withStay(one, wave, facts.migration.estate, isLoosened, now)), gaps };
}

function withStay(
  { topics, otherwise = [], alsoNamed = [], ...one }: Found,
  wave: WavePlan,
  estate: EstateDecisions | undefined,
  isLoosened: IsLoosened,
  now: number,
): Coupled {
  const stay = estate?.stays.find(
    ({ kind, name, wave: of, until }) =>
      kind === one.kind && name === one.name && of === wave.name && now < endOfDay(until),
  );
  if (stay !== undefined) return { ...one, stays: { by: stay.by, until: stay.until } };
  const names = [one, ...alsoNamed];
  const said = allLoosened(names, topics, isLoosened) ?? allLoosened(names, otherwise, isLoosened);
  return said === undefined ? one : { ...one, stays: { by: said.by, until: said.until } };
}

/** What binds by one topic alone binds; of several words the one that ends first counts. */
function allLoosened(names: Names, topics: readonly string[], isLoosened: IsLoosened): Loosened | undefined {
  let soonest: Loosened | undefined;
  for (const topic of topics) {
    const said = isLoosened(names, topic);
    if (said === undefined) return undefined;
    if (soonest === undefined || said.until < soonest.until) soonest = said;
  }
  return soonest;
}
