import type { EstateClients } from "#core/inventory/clients/clients.ts";
import type { Component } from "./components.ts";
import type { Declared } from "./declared.ts";
import { compare } from "./order-of-names.ts";
import type { Scope } from "./scope.ts";

export type Owners = {
  readonly ofGroup: (id: string) => string | undefined;
  /** Sorted, each once. */
  readonly ofComponent: (component: Component) => readonly string[];
};

/** Who owns what: as the file says, then as people decided, then whoever reads and writes it. */
export function ownersIn(scope: Scope, declared: Declared, { clients }: EstateClients): Owners {
  const readers = new Map(clients.flatMap(({ groups, owner }) => groups.map((id) => [id, owner] as const)));
  const ofGroup = (id: string): string | undefined =>
    declared.groups.get(id)?.owner ?? scope.owners.get(`groups/${id}`) ?? readers.get(id);
  return {
    ofGroup,
    ofComponent: ({ topics, couplings }) => {
      const owners: readonly (string | undefined)[] = [
        ...topics.map((topic) => scope.owners.get(`topics/${topic}`)),
        ...couplings.flatMap((one): readonly (string | undefined)[] =>
          one.item.kind === "group" ? [ofGroup(one.item.name)] : one.owners,
        ),
      ];
      return [...new Set(owners.filter((owner) => owner !== undefined))].toSorted(compare);
    },
  };
}
