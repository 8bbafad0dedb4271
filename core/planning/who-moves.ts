import type { EstateClient } from "#core/inventory/client.ts";
import type { Component } from "./components.ts";
import type { Coupling } from "./graph.ts";
import { compare } from "./order-of-names.ts";
import type { Sources } from "./sources.ts";

type Writer = Pick<EstateClient, "name" | "principals" | "writes" | "owner">;

/** Who moves with a wave, as far as names go. */
export type Movers = {
  readonly clients: readonly string[];
  readonly principals: readonly string[];
  /** Those that write and that no client of the file stands for. */
  readonly undeclared: readonly Writer[];
};

/** For each list of components their clients: whoever writes its topics, and whoever reads with its groups. */
export function moversIn({ clients, declared }: Sources): (components: readonly Component[]) => Movers {
  const known = clients.clients.filter(({ name }) => !name.startsWith("connector "));
  const writers = new Map<string, EstateClient[]>();
  const readers = new Map<string, EstateClient[]>();
  for (const client of known) {
    const isWriter = client.writes.length > 0;
    for (const principal of client.principals) if (isWriter) push(writers, `principal/${principal}`, client);
    if (isWriter && (client.principals.length === 0 || declared.isOneClient(client.name)))
      push(writers, `client/${client.name}`, client);
    for (const group of client.groups) push(readers, group, client);
  }
  // Of a principal that was loosened: a process that no client stands for.
  const isUnknownProcess = ({ item }: Coupling): boolean =>
    item.kind === "client" && !writers.has(`client/${item.name}`);
  const isDeclared = new Set(declared.clients.map(({ name }) => name));
  return (components) => {
    const couplings = components.flatMap((component) => component.couplings).filter(({ edges }) => edges.length > 0);
    const writing = couplings.flatMap(({ names }) => names.flatMap((n) => writers.get(`${n.kind}/${n.name}`) ?? []));
    const reading = couplings.flatMap(({ item }) => (item.kind === "group" ? (readers.get(item.name) ?? []) : []));
    // A client of a shared principal that reads with a group of another wave moves there.
    const own = new Set(couplings.flatMap(({ item }) => (item.kind === "group" ? [item.name] : [])));
    const here = [
      ...writing.filter(({ groups }) => groups.length === 0 || groups.some((id) => own.has(id))),
      ...reading,
    ];
    const all = [...new Set(here)];
    const names = (of: (client: EstateClient) => readonly string[]) => [...new Set(all.flatMap(of))].toSorted(compare);
    return {
      clients: names(({ name }) => [name]),
      principals: names(({ principals }) => principals),
      undeclared: [
        ...[...new Set(writing)].filter(({ name }) => !isDeclared.has(name)),
        ...couplings.filter(isUnknownProcess).map(({ item: { name }, owners: [owner], edges }) => {
          const writes = edges.map(({ topic }) => topic);
          return { name, principals: [], writes, owner };
        }),
      ],
    };
  };
}

const push = <V>(map: Map<string, V[]>, key: string, value: V): void => {
  const all = map.get(key);
  if (all === undefined) map.set(key, [value]);
  else all.push(value);
};
