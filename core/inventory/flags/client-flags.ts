import { isWriter } from "#core/migration/migration.ts";
import type { EstateClient } from "../client.ts";
import { isUnknown, unknown } from "../unknown.ts";
import type { FlagFacts } from "./flag-facts.ts";
import { type Look, ofEach, together } from "./look.ts";

const OFFSETS = "__consumer_offsets";

/** Transactional ids with what their producers were seen to write; in a wave those that touch it, and those of which it is not known. */
export function transactions(facts: FlagFacts): Look {
  const { transactions: ids, producers } = facts.source.listings;
  const written = new Map(
    producers.items.map(({ producerId, partitions }) => [producerId, partitions.map(({ topic }) => topic)]),
  );
  const clients = new Map(facts.clients.items.flatMap((client) => client.transactionalIds.map((id) => [id, client])));
  const topics = new Set(facts.topics.items.map(({ name }) => name));
  return together(
    ofEach(
      ids,
      ({ transactionalId }) => transactionalId,
      ({ transactionalId, producerId, detail }) => {
        const client = clients.get(transactionalId);
        const open = isUnknown(detail) ? [] : detail.partitions.map(({ topic }) => topic);
        const all = new Set([...open, ...(written.get(producerId) ?? []), ...(client?.writes ?? [])]);
        if (all.size === 0)
          return isUnknown(detail)
            ? detail
            : unknown(
                "DescribeProducers",
                "no broker remembers what its producer wrote",
                "take a snapshot while its application runs, or name it in a decision",
              );
        const coupled = [...all].filter((topic) => topics.has(topic)).toSorted();
        const outside = [...all].filter((topic) => topic !== OFFSETS && !topics.has(topic)).toSorted();
        if (coupled.length === 0) return undefined;
        return `couples ${coupled.join(", ")}${outside.length > 0 ? ` with ${outside.join(", ")} outside` : ""}${all.has(OFFSETS) ? ", and offsets that it commits" : ""}`;
      },
    ),
    ofEach({ items: [], gaps: producers.gaps }, String, () => undefined),
  );
}

/** Such a client moves with the producers where the file says so; as a consumer it would read one side and write the other. */
export function readsAndWrites(facts: FlagFacts): Look {
  const declared = new Set(
    facts.waves.flatMap(({ clients }) =>
      clients.filter(({ kind }) => kind === "both").map(({ principal }) => principal),
    ),
  );
  return ofEach(
    facts.clients,
    ({ name }) => name,
    ({ reads, writes, principals }) => {
      if (principals.some((principal) => declared.has(principal))) return undefined;
      for (const { name, topics } of facts.waves) {
        const read = reads.filter((topic) => topics.includes(topic));
        const written = writes.filter((topic) => topics.includes(topic));
        if (read.length > 0 && written.length > 0)
          return `reads ${read.join(", ")} and writes ${written.join(", ")} of wave ${name}, or may`;
      }
      return undefined;
    },
  );
}

/** Topics by those who write to them, groups by those who read with them. */
export function owners(facts: FlagFacts): Look {
  const writers = indexBy(facts.clients.items, ({ writes }) => writes);
  const readers = indexBy(facts.clients.items, ({ groups }) => groups);
  const declared = new Map(
    facts.waves.flatMap((wave) => {
      const names = new Set(wave.clients.filter(isWriter).map(({ principal }) => principal));
      const drafted = facts.clients.items.filter(({ principals }) => principals.some((p) => names.has(p)));
      return wave.topics.map((topic) => [topic, drafted] as const);
    }),
  );
  const say = (clients: readonly EstateClient[], whose: string): string | undefined => {
    if (clients.length === 0) return `has no ${whose} that is known`;
    const unowned = clients.filter(({ owner }) => owner === undefined).map(({ name }) => name);
    if (unowned.length > 0) return `has a ${whose} that nobody owns: ${unowned.join(", ")}`;
    const all = new Set(clients.map(({ owner }) => owner));
    return all.size > 1 ? `has several owners: ${[...all].join(", ")}` : undefined;
  };
  return together(
    ofEach(
      { ...facts.topics, items: facts.topics.items.filter((t) => !t.isInternal) },
      ({ name }) => name,
      ({ name }) => say(writers.get(name) ?? declared.get(name) ?? [], "writer"),
    ),
    ofEach(
      facts.groups,
      ({ id }) => id,
      ({ id }) => say(readers.get(id) ?? [], "reader"),
    ),
    ofEach({ items: [], gaps: facts.clients.gaps }, String, () => undefined),
  );
}

function indexBy(
  clients: readonly EstateClient[],
  names: (client: EstateClient) => readonly string[],
): ReadonlyMap<string, readonly EstateClient[]> {
  const index = new Map<string, EstateClient[]>();
  for (const client of clients)
    for (const name of names(client)) {
      const found = index.get(name);
      if (found === undefined) index.set(name, [client]);
      else found.push(client);
    }
  return index;
}
