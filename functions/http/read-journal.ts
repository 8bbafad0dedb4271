import { z } from "zod";
import { readJournal } from "#use-cases/read-journal.ts";
import { isRefused } from "#use-cases/refused.ts";
import { hash, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler, wavePath } from "./http-handler.ts";

/** A page must fit the 6 MB that a function may answer. */
const querySchema = z.object({
  from: z.coerce.number().int().positive().default(1),
  limit: z.coerce.number().int().positive().max(1000).default(500),
});

export const handler = httpHandler({
  path: wavePath,
  query: querySchema,
  act: async ({ path, query }) => {
    const page = await readJournal({ store: waveStore(), hash }, path, query);
    return isRefused(page) ? page : ok(page);
  },
});
