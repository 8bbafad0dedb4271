import type { WaveStore } from "./ports/wave-store.ts";

export type MigrationSummary = { readonly name: string; readonly waves: readonly string[] };

export const listMigrations = async (store: WaveStore): Promise<readonly MigrationSummary[]> =>
  (await store.migrations()).map(({ name, waves }) => ({ name, waves: waves.map((wave) => wave.name) }));
