import { readFlags } from "#use-cases/read-estate.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listFlagsContract } from "../api/estate.ts";
import { clock, snapshotStore, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(listFlagsContract, async ({ path, query }) => {
  const answer = await readFlags({ store: waveStore(), snapshots: snapshotStore(), clock }, path.migration, query);
  return isRefused(answer) ? answer : ok(answer);
});
