import { readClients } from "#use-cases/read-estate.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listClientsContract } from "../api/estate.ts";
import { snapshotStore, waveStore } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { httpHandler } from "./http-handler.ts";

export const handler = httpHandler(listClientsContract, async ({ path, query }) => {
  const asked = { ...query, unclaimed: query.unclaimed === "true" };
  const answer = await readClients({ store: waveStore(), snapshots: snapshotStore() }, path.migration, asked);
  return isRefused(answer) ? answer : ok(answer);
});
