import type { Client, Group, Migration, WavePlan } from "#core/migration/migration.ts";
import type { Traits } from "#core/migration/planning.ts";

export type DeclaredClient = Client & Traits & { readonly writes?: readonly string[] | undefined };
export type DeclaredGroup = Group & Traits;

/** What the file says of groups and clients, under `planning` or in a wave that has not started. */
export type Declared = {
  readonly groups: ReadonlyMap<string, DeclaredGroup>;
  readonly clients: readonly DeclaredClient[];
  readonly clientsOfGroup: (id: string) => readonly DeclaredClient[];
  readonly clientsOfPrincipal: (principal: string) => readonly DeclaredClient[];
  /** Names of clients differ within a wave only: one that several have tells none of them. */
  readonly isOneClient: (name: string) => boolean;
  /** Of the group and of the client that reads with it, together. */
  readonly traitsOfGroup: (id: string) => Traits;
  readonly traitsOfConnector: (name: string) => Traits;
};

export function declaredIn(migration: Migration, drafts: readonly WavePlan[]): Declared {
  const { clients = [], groups = [], connectors = [] } = migration.planning ?? {};
  const ofGroups = new Map<string, DeclaredGroup>(
    [...drafts.flatMap((wave) => wave.groups), ...groups].map((group) => [group.id, group]),
  );
  const isSaid = (client: Client): boolean =>
    clients.some((one) => one.principal === client.principal && one.group === client.group);
  const all: readonly DeclaredClient[] = [
    ...clients,
    ...drafts.flatMap((wave) => wave.clients).filter((client) => !isSaid(client)),
  ];
  const byGroup = Map.groupBy(all, ({ group }) => group);
  const byName = Map.groupBy(all, ({ name }) => name);
  const byPrincipal = Map.groupBy(all, ({ principal }) => principal);
  const clientsOfGroup = (id: string): readonly DeclaredClient[] => byGroup.get(id) ?? [];
  const ofConnectors = new Map<string, Traits>(connectors.map((connector) => [connector.name, connector]));
  return {
    groups: ofGroups,
    clients: all,
    clientsOfGroup,
    clientsOfPrincipal: (principal) => byPrincipal.get(principal) ?? [],
    isOneClient: (name) => byName.get(name)?.length === 1,
    traitsOfGroup: (id) => together([ofGroups.get(id) ?? {}, ...clientsOfGroup(id)]),
    traitsOfConnector: (name) => ofConnectors.get(name) ?? {},
  };
}

/** The word that warns counts. */
const together = (said: readonly Traits[]): Traits => {
  const of = (trait: keyof Traits, warning: boolean): boolean | undefined => {
    const values = said.flatMap((one) => one[trait] ?? []);
    return values.includes(warning) ? warning : values[0];
  };
  return { replaySafe: of("replaySafe", false), stateful: of("stateful", true), sideEffects: of("sideEffects", true) };
};
