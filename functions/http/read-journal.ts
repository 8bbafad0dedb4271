import { readJournal } from "#use-cases/read-journal.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readJournalContract } from "../api/waves.ts";
import { hash, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(readJournalContract, async ({ path, query }) => {
  const page = await readJournal({ store: waveStore(), hash }, path, query);
  return isRefused(page) ? page : ok(page);
});
