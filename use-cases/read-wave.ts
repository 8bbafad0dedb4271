import type { WaveRef } from "#core/wave/wave.ts";
import { type Refused, refused } from "./refused.ts";
import { type Answering, type WaveAnswer, waveAnswer } from "./wave-answer.ts";

export const readWave = async (deps: Answering, ref: WaveRef): Promise<WaveAnswer | Refused> => {
  const row = await deps.store.wave(ref);
  return row === undefined ? noWave(ref) : waveAnswer(deps, row);
};

export const noWave = ({ migration, wave }: WaveRef): Refused =>
  refused("not-found", `there is no wave ${wave} in migration ${migration}`, {
    cure: `GET /migrations/${migration}/waves lists them; those that a plan is to make come when one is accepted: POST /migrations/${migration}/plan`,
  });
