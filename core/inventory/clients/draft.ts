import type { EstateClient } from "../client.ts";
import type { Source } from "../source.ts";

type Lists = Omit<EstateClient, "name" | "owner" | "sources">;

/** A client while it is put together. */
export class Draft {
  readonly name: string;
  owner: string | undefined;
  readonly #lists: { readonly [K in keyof Lists]: Set<string> } = {
    principals: new Set(),
    clientIds: new Set(),
    hosts: new Set(),
    groups: new Set(),
    transactionalIds: new Set(),
    reads: new Set(),
    writes: new Set(),
  };
  readonly #sources = new Set<Source>();

  constructor(name: string, owner?: string) {
    this.name = name;
    this.owner = owner;
  }

  learn(source: Source, lists: Partial<Lists>): this {
    this.#sources.add(source);
    for (const [name, values] of Object.entries(lists) as [keyof Lists, readonly string[]][])
      for (const value of values) this.#lists[name].add(value);
    return this;
  }

  finished(): EstateClient {
    const { principals, clientIds, hosts, groups, transactionalIds, reads, writes } = this.#lists;
    const listed = (set: ReadonlySet<string>): readonly string[] => [...set].toSorted();
    return {
      name: this.name,
      principals: listed(principals),
      clientIds: listed(clientIds),
      hosts: listed(hosts),
      groups: listed(groups),
      transactionalIds: listed(transactionalIds),
      reads: listed(reads),
      writes: listed(writes),
      owner: this.owner,
      sources: [...this.#sources],
    };
  }
}
