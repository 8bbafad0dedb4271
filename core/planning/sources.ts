import type { EstateClients } from "#core/inventory/clients/clients.ts";
import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Migration } from "#core/migration/migration.ts";
import type { Declared } from "./declared.ts";
import type { Scope } from "./scope.ts";

/** What a plan is made from, each joined once. */
export type Sources = {
  readonly migration: Migration;
  readonly source: Snapshot;
  readonly scope: Scope;
  readonly declared: Declared;
  readonly clients: EstateClients;
  readonly now: number;
};
