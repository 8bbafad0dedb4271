import type { EstateClient } from "#core/inventory/client.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Party, Sources } from "./build-graph.ts";
import type { Edge } from "./plan.ts";

/** Who reads and writes, by principal: whatever moves with one client of a principal moves with all of them, since the fence bars principals. */
export function partiesOf({ clients, declared, source, scope }: Sources): readonly Party[] {
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
  return [
    ...[...byPrincipal].map(([principal, own]): Party => {
      const said = declared.clientsOfPrincipal(principal);
      const [only, ...others] = said;
      const evidence = (client: EstateClient, topic: string): Edge["evidence"] =>
        seenOf.get(principal)?.has(topic) === true ? "seen" : evidenceOf(client, principal, topic);
      return {
        item:
          only !== undefined && others.length === 0
            ? { kind: "client", name: only.name }
            : { kind: "principal", name: principal },
        names: [{ kind: "principal", name: principal }, ...said.map(({ name }) => ({ kind: "client" as const, name }))],
        ...together(own, scope.owners.get(`scram-users/${principal.replace(/^User:/, "")}`)),
        writes: own.flatMap((client) => client.writes.map((topic) => ({ topic, evidence: evidence(client, topic) }))),
      };
    }),
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
