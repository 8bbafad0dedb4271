import type { WaveStore } from "./ports/wave-store.ts";
import { noMigration } from "./read-migration.ts";
import type { Refused } from "./refused.ts";
import { type WaveState, waveState } from "./wave-state.ts";

/** In the order of the migration file, which is the order of names a person knows. */
export const listWaves = async (store: WaveStore, name: string): Promise<readonly WaveState[] | Refused> => {
  const [migration, rows] = await Promise.all([store.migration(name), store.waves(name)]);
  if (migration === undefined) return noMigration(name);
  return migration.waves.flatMap((wave) => rows.filter((row) => row.wave === wave.name).map(waveState));
};
