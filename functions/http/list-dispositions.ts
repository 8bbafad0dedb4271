import { readDispositions } from "#use-cases/read-estate.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listDispositionsContract } from "../api/estate.ts";
import { snapshotStore, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(listDispositionsContract, async ({ path, query }) => {
  const answer = await readDispositions({ store: waveStore(), snapshots: snapshotStore() }, path.migration, query);
  return isRefused(answer) ? answer : ok(answer);
});
