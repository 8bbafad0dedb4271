import { readClients } from "#use-cases/read-estate.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listClientsContract } from "../api/estate.ts";
import { deployedToRead, estateReader } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  listClientsContract,
  async ({ path, query }) => {
    const asked = { ...query, unclaimed: query.unclaimed === "true" };
    const answer = await readClients(estateReader(), path.migration, asked);
    return isRefused(answer) ? answer : ok(answer);
  },
  deployedToRead,
);
