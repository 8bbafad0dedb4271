import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { clock, hash, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler, wavePath } from "./http-handler.ts";

export const handler = httpHandler({
  path: wavePath,
  act: async ({ path }) => {
    const gates = await readGates({ store: waveStore(), clock, hash }, path);
    return isRefused(gates) ? gates : ok({ gates });
  },
});
