import { readWave } from "#use-cases/read-wave.ts";
import { isRefused } from "#use-cases/refused.ts";
import { clock, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler, wavePath } from "./http-handler.ts";

export const handler = httpHandler({
  path: wavePath,
  act: async ({ path }) => {
    const wave = await readWave({ store: waveStore(), clock }, path);
    return isRefused(wave) ? wave : ok(wave);
  },
});
