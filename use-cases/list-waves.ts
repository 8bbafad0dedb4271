import type { Clock } from "./ports/clock.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { noMigration } from "./read-migration.ts";
import type { Refused } from "./refused.ts";
import { type WaveAnswer, waveAnswer } from "./wave-answer.ts";

/** In the order of the migration file, which is the order of names a person knows. */
export const listWaves = async (
  deps: { readonly store: WaveStore; readonly clock: Clock },
  name: string,
): Promise<readonly WaveAnswer[] | Refused> => {
  const { store } = deps;
  const [migration, rows] = await Promise.all([store.migration(name), store.waves(name)]);
  if (migration === undefined) return noMigration(name);
  return Promise.all(
    migration.waves.flatMap((wave) => rows.filter((row) => row.wave === wave.name)).map((row) => waveAnswer(deps, row)),
  );
};
