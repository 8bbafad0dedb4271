import type { Snapshot } from "#core/inventory/snapshot.ts";
import type { Migration } from "#core/migration/migration.ts";

export type ToPlan = {
  readonly migration: Migration;
  readonly source: Snapshot;
  readonly target?: Snapshot | undefined;
  /** Names of the file's waves that have started: what they move is not planned again. */
  readonly started: readonly string[];
  /** In ms: what was loosened until a day that has passed binds again. */
  readonly now: number;
};
