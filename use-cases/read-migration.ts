import type { Migration } from "#core/migration/migration.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { type Refused, refused } from "./refused.ts";

export const readMigration = async (store: WaveStore, name: string): Promise<Migration | Refused> =>
  (await store.migration(name)) ?? noMigration(name);

export const noMigration = (name: string): Refused =>
  refused("not-found", `there is no migration ${name}`, { cure: "GET /migrations lists them" });
