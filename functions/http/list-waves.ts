import { listWaves } from "#use-cases/list-waves.ts";
import { isRefused } from "#use-cases/refused.ts";
import { clock, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler, migrationPath } from "./http-handler.ts";

export const handler = httpHandler({
  path: migrationPath,
  act: async ({ path }) => {
    const waves = await listWaves({ store: waveStore(), clock }, path.migration);
    return isRefused(waves) ? waves : ok({ waves });
  },
});
