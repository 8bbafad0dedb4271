import { readDispositions } from "#use-cases/read-estate.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listDispositionsContract } from "../api/estate.ts";
import { deployedToRead, estateReader } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  listDispositionsContract,
  async ({ path, query }) => {
    const answer = await readDispositions(estateReader(), path.migration, query);
    return isRefused(answer) ? answer : ok(answer);
  },
  deployedToRead,
);
