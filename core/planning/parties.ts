import type { EstateClient } from "#core/inventory/client.ts";
import { loosenedIn, type Names } from "#core/inventory/loosened.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Declared } from "./declared.ts";
import type { Edge, Item } from "./plan.ts";
import type { Sources } from "./sources.ts";

/** One principal with all its clients, or a client without. */
export type Party = {
  readonly item: Item;
  readonly names: Names;
  readonly owners: readonly string[];
  readonly writes: readonly { readonly topic: string; readonly evidence: Edge["evidence"] }[];
  /** Of those of its clients that write. */
  readonly groups: readonly string[];
};

/** Who reads and writes, by principal: whatever moves with one client of a principal moves with all of them, since the fence bars principals. */
export function partiesOf({ migration, clients, declared, source, scope, now }: Sources): readonly Party[] {
  const evidenceOf = evidenceOfWrites(source);
  // A connector is told by its own name.
  const known = clients.clients.filter(({ name }) => !name.startsWith("connector "));
  const byPrincipal = Map.groupBy(
    known.filter(({ principals }) => principals.length > 0),
    ({ principals }) => principals[0] ?? "",
  );
  const writers = new Map<string, Set<string>>();
  for (const [principal, own] of byPrincipal)
    for (const topic of own.flatMap(({ writes }) => writes))
      writers.set(topic, (writers.get(topic) ?? new Set()).add(principal));
  // Which of a principal's clients it is cannot be told, and need not be: the principal is coupled to all that it writes.
  const seenOf = new Map<string, Set<string>>();
  const isOneOfTheirs = ({ writes: [first = "", ...others] }: EstateClient): boolean => {
    const candidates = [...(writers.get(first) ?? [])].filter((p) =>
      others.every((topic) => writers.get(topic)?.has(p)),
    );
    const [only, ...more] = candidates;
    if (only !== undefined && more.length === 0)
      for (const topic of [first, ...others]) seenOf.set(only, (seenOf.get(only) ?? new Set()).add(topic));
    return candidates.length > 0;
  };
  const nameless = known.filter((client) => client.principals.length === 0 && !isOneOfTheirs(client));
  const ofPrincipals = [...byPrincipal].map(([principal, own]): Party => {
    const said = declared.clientsOfPrincipal(principal);
    const [only, ...others] = said.filter(({ name }) => declared.isOneClient(name));
    const evidence = (client: EstateClient, topic: string): Edge["evidence"] =>
      seenOf.get(principal)?.has(topic) === true ? "seen" : evidenceOf(client, principal, topic);
    return {
      item:
        only !== undefined && said.length === 1
          ? { kind: "client", name: only.name }
          : { kind: "principal", name: principal },
      names: [
        { kind: "principal", name: principal },
        ...[only, ...others].flatMap((client) =>
          client === undefined ? [] : [{ kind: "client" as const, name: client.name }],
        ),
      ],
      ...together(own, scope.owners.get(`scram-users/${principal.replace(/^User:/, "")}`)),
      writes: own.flatMap((client) => client.writes.map((topic) => ({ topic, evidence: evidence(client, topic) }))),
    };
  });
  const isLoosened = loosenedIn(migration.planning, now);
  return [
    ...ofPrincipals,
    ...ofPrincipals
      .filter(({ item, names }) => item.kind === "principal" && isLoosened(names.slice(0, 1), "") !== undefined)
      .flatMap((party) => [...apart(party, source, declared)]),
    ...nameless.map(
      (client): Party => ({
        item: { kind: "client", name: client.name },
        names: [{ kind: "client", name: client.name }],
        ...together([client], undefined),
        writes: client.writes.map((topic) => ({ topic, evidence: evidenceOf(client, "", topic) })),
      }),
    ),
  ];
}

/** What a shared principal no longer holds together: its clients as far as the file says what they write, then each process that brokers remember. */
function* apart({ item, owners, writes }: Party, { listings }: Snapshot, declared: Declared): Generator<Party> {
  const told = declared.clientsOfPrincipal(item.name).filter((client) => (client.writes?.length ?? 0) > 0);
  for (const { name, owner, group, writes: own = [] } of told)
    yield {
      item: { kind: "client", name },
      names: [{ kind: "client", name }],
      owners: owner === undefined ? [] : [owner],
      writes: own.map((topic) => ({ topic, evidence: "declared" })),
      groups: group === undefined ? [] : [group],
    };
  const its = new Set(writes.map(({ topic }) => topic));
  for (const { producerId, partitions } of listings.producers.items) {
    const topics = [...new Set(partitions.map(({ topic }) => topic))].filter((topic) => !topic.startsWith("__"));
    if (topics.length === 0 || !topics.every((topic) => its.has(topic))) continue;
    if (told.some(({ writes: own = [] }) => topics.every((topic) => own.includes(topic)))) continue;
    const client = { kind: "client" as const, name: `producer ${producerId}` };
    yield {
      item: client,
      names: [client],
      owners,
      writes: topics.map((topic) => ({ topic, evidence: "seen" })),
      groups: [],
    };
  }
}

const together = (clients: readonly EstateClient[], owner: string | undefined): Pick<Party, "owners" | "groups"> => ({
  owners: [...new Set([...clients.map((client) => client.owner), owner])]
    .filter((one) => one !== undefined)
    .flatMap((one) => one.split(" or ")),
  groups: clients.filter(({ writes }) => writes.length > 0).flatMap(({ groups }) => groups),
});

/** A right is used or not; brokers remember some of those who used theirs, and not which topic each of them wrote by which right. */
function evidenceOfWrites({ listings: { acls, producers, transactions } }: Snapshot) {
  const rights = new Set(
    acls.items
      .filter(
        ({ resourceType, pattern, permission }) =>
          resourceType === "TOPIC" && pattern === "LITERAL" && permission === "ALLOW",
      )
      .filter(({ operation }) => operation === "WRITE" || operation === "ALL")
      .map(({ principal, resourceName }) => `${principal} ${resourceName}`),
  );
  const seen = new Set(producers.items.flatMap(({ partitions }) => partitions.map(({ topic }) => topic)));
  for (const { detail } of transactions.items)
    if (!("unknown" in detail)) for (const { topic } of detail.partitions) seen.add(topic);
  return ({ sources }: EstateClient, principal: string, topic: string): Edge["evidence"] => {
    const produces = sources.includes("DescribeProducers") || sources.includes("ListTransactions");
    if (produces && seen.has(topic)) return "seen";
    if (rights.has(`${principal} ${topic}`)) return "right";
    return sources.includes("migration file") ? "declared" : "seen";
  };
}
