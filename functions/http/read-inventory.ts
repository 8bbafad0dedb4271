import { readInventory } from "#use-cases/read-snapshots.ts";
import { isRefused } from "#use-cases/refused.ts";
import { readInventoryContract } from "../api/snapshots.ts";
import { deployedToRead, estateReader } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  readInventoryContract,
  async ({ path, query }) => {
    const { migration, side, snapshot: id, kind } = path;
    const { unknownOnly, ...question } = query;
    const answer = await readInventory(
      estateReader(),
      migration,
      { side, id, kind },
      { ...question, isUnknownOnly: unknownOnly === "true" },
    );
    return isRefused(answer) ? answer : ok(answer);
  },
  deployedToRead,
);
