import { readFlags } from "#use-cases/read-estate.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listFlagsContract } from "../api/estate.ts";
import { clock, deployedToRead, estateReader } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  listFlagsContract,
  async ({ path, query }) => {
    const answer = await readFlags({ ...estateReader(), clock }, path.migration, query);
    return isRefused(answer) ? answer : ok(answer);
  },
  deployedToRead,
);
