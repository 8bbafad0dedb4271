import type { WaveRef } from "#core/wave/wave.ts";
import type { WaveStore } from "./ports/wave-store.ts";
import { type Refused, refused } from "./refused.ts";
import { type WaveState, waveState } from "./wave-state.ts";

export const readWave = async (store: WaveStore, ref: WaveRef): Promise<WaveState | Refused> => {
  const row = await store.wave(ref);
  return row === undefined ? noWave(ref) : waveState(row);
};

export const noWave = ({ migration, wave }: WaveRef): Refused =>
  refused("not-found", `there is no wave ${wave} in migration ${migration}`, {
    cure: `GET /migrations/${migration}/waves lists them`,
  });
