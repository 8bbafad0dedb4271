import { compareSnapshots } from "#use-cases/compare-snapshots.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readDriftContract } from "../api/snapshots.ts";
import { deployedToRead, estateReader } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  readDriftContract,
  async ({ path, query }) => {
    const answer = await compareSnapshots(estateReader(), path.migration, query);
    if (isRefused(answer)) return answer;
    // The items themselves are read by kind; a sentence tells what became of them.
    return ok({ ...answer, changes: answer.changes.map(({ item: _item, ...told }) => told) });
  },
  deployedToRead,
);
