import { listSnapshots } from "#use-cases/read-snapshots.ts";
import { isRefused } from "#use-cases/refused.ts";
import { listSnapshotsContract } from "../api/snapshots.ts";
import { deployedToRead, estateReader } from "../wire.ts";
import { ok } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  listSnapshotsContract,
  async ({ path, query }) => {
    const answer = await listSnapshots(estateReader(), path.migration, query);
    return isRefused(answer) ? answer : ok(answer);
  },
  deployedToRead,
);
