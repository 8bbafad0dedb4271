import type { Side } from "#core/kafka/offset.ts";
import type { Migration } from "#core/migration/migration.ts";
import { type Facts, factsOf } from "./facts.ts";
import type { OperatingObject } from "./operation.ts";

/** What only people know of a side: what the file names under `estate.operations`, its owners, and who approves. */
export function declaredOperations(migration: Migration, side: Side): readonly OperatingObject[] {
  const owned = new Map<string, string[]>();
  const own = (owner: string | undefined, what: string): void => {
    if (owner !== undefined) owned.set(owner, [...(owned.get(owner) ?? []), what]);
  };
  for (const { groups, clients } of migration.waves) {
    for (const { owner, id } of groups) own(owner, `group ${id}`);
    for (const { owner, name } of clients) own(owner, `client ${name}`);
  }
  for (const { owner, kind, name, prefix } of migration.estate?.decisions ?? [])
    own(owner, `${kind} ${name ?? `${prefix}…`}`);
  const named = (migration.estate?.operations ?? []).filter((one) => one.side === undefined || one.side === side);
  for (const { owner, kind, name } of named) own(owner, `${kind} ${name}`);
  return [
    ...named.map(({ kind, name, where, owner, until }) => declared(kind, name, factsOf({ where, owner, until }))),
    ...[...owned].toSorted(byName).map(([owner, what]) => declared("owner", owner, factsOf({ owns: what }))),
    ...migration.people
      .filter(({ roles }) => roles.some((role) => role !== "operator"))
      .map(({ id, roles }) => declared("approver", id, factsOf({ roles }))),
  ];
}

const declared = (kind: OperatingObject["kind"], name: string, facts: Facts): OperatingObject => ({
  kind,
  name,
  source: "migration file",
  facts,
});

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
