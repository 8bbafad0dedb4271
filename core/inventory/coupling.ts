import { COUPLED_KINDS, type EstateDecisions } from "#core/migration/estate.ts";
import type { WavePlan } from "#core/migration/migration.ts";
import { touchedBy } from "./connectors/touches.ts";
import { type FlagFacts, topicsOfGroup } from "./flags/flag-facts.ts";
import { itemName } from "./item-name.ts";
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
  const found: Omit<Coupled, "stays">[] = [];

  for (const group of facts.groups.items) {
    const { inside, outside } = touching(topicsOfGroup(group));
    const isMoved = wave.groups.some(({ id }) => id === group.id);
    if (!isMoved && inside.length > 0)
      found.push({ kind: "group", name: group.id, says: `reads ${inside.join(", ")} and is not in the wave` });
    if (isMoved && outside.length > 0)
      found.push({ kind: "group", name: group.id, says: `moves, and also reads ${outside.join(", ")}` });
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
      });
    if (isMoved && outside.length > 0)
      for (const principal of client.principals)
        found.push({
          kind: "principal",
          name: principal,
          says: `moves, and also writes ${outside.join(", ")}, or may`,
        });
  }

  for (const [transactionalId, topics] of topicsOfTransactions(facts.source)) {
    const { inside, outside } = touching(topics);
    if (inside.length > 0 && outside.length > 0)
      found.push({
        kind: "transactional-id",
        name: transactionalId,
        says: `writes ${inside.join(", ")} and ${outside.join(", ")} in one transaction`,
      });
  }

  for (const connector of connectors.items) {
    const inside = touchedBy(connector, wave.topics);
    const name = itemName.connectors(connector);
    if (inside.length > 0) found.push({ kind: "connector", name, says: `reads or writes ${inside.join(", ")}` });
  }

  const gaps = [
    ...facts.groups.gaps,
    ...facts.clients.gaps,
    ...connectors.items.flatMap(({ reads, writes }) => [reads, writes].filter(isUnknown)),
    ...facts.groups.items.flatMap(({ offsets }) =>
      typeof offsets === "object" && "unknown" in offsets ? [offsets] : [],
    ),
  ];
  return { items: found.map((one) => withStay(one, wave, facts.migration.estate, now)), gaps };
}

const withStay = (
  one: Omit<Coupled, "stays">,
  wave: WavePlan,
  estate: EstateDecisions | undefined,
  now: number,
): Coupled => {
  const stay = estate?.stays.find(
    ({ kind, name, wave: of, until }) =>
      kind === one.kind && name === one.name && of === wave.name && now < endOfDay(until),
  );
  return stay === undefined ? one : { ...one, stays: { by: stay.by, until: stay.until } };
};
