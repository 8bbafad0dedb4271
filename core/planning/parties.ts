import type { EstateClient } from "#core/inventory/client.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Party, Sources } from "./build-graph.ts";
import type { Edge } from "./plan.ts";

/** Who reads and writes, by principal: whatever moves with one client of a principal moves with all of them, since the fence bars principals. */
export function* partiesOf({ clients, declared, source, scope }: Sources): Generator<Party> {
  const evidenceOf = evidenceOfWrites(source);
  // A connector is told by its own name.
  const known = clients.clients.filter(({ name }) => !name.startsWith("connector "));
  const byPrincipal = Map.groupBy(
    known.filter(({ principals }) => principals.length > 0),
    ({ principals }) => principals[0] ?? "",
  );
  for (const [principal, own] of byPrincipal) {
    const said = declared.clientsOfPrincipal(principal);
    const [only, ...others] = said;
    const names = [
      { kind: "principal" as const, name: principal },
      ...said.map(({ name }) => ({ kind: "client" as const, name })),
    ];
    yield {
      item:
        only !== undefined && others.length === 0
          ? { kind: "client", name: only.name }
          : { kind: "principal", name: principal },
      names,
      ...together(own, scope.owners.get(`scram-users/${principal.replace(/^User:/, "")}`)),
      writes: own.flatMap((client) =>
        client.writes.map((topic) => ({ topic, evidence: evidenceOf(client, principal, topic) })),
      ),
    };
  }
  for (const client of known.filter(({ principals }) => principals.length === 0))
    yield {
      item: { kind: "client", name: client.name },
      names: [{ kind: "client", name: client.name }],
      ...together([client], undefined),
      writes: client.writes.map((topic) => ({ topic, evidence: evidenceOf(client, "", topic) })),
    };
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
