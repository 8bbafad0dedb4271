import type { Posting } from "#core/people/posting.ts";
import type { Access } from "./ports/access.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { mayRead } from "./who-may.ts";

export type MigrationSummary = { readonly name: string; readonly waves: readonly string[]; readonly posting: Posting };

/** Those that the caller may read. */
export const listMigrations = async (
  store: WaveStore,
  access: Access,
  caller: string,
): Promise<readonly MigrationSummary[]> =>
  (await store.migrations())
    .filter(({ migration }) => mayRead(access, migration, caller))
    .map(({ migration: { name, waves }, posting }) => ({ name, waves: waves.map((wave) => wave.name), posting }));
