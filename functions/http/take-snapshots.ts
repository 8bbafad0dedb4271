import { isRefused } from "#use-cases/refused.ts";
import { requestSnapshots } from "#use-cases/request-snapshots.ts";
import { takeSnapshotsContract } from "../api/snapshots.ts";
import { deployedToRead, estateReader, snapshotRequester } from "../wire.ts";
import { accepted } from "./http-answer.ts";
import { routeHandler } from "./route-handler.ts";

export const handler = routeHandler(
  takeSnapshotsContract,
  async ({ path, body, person }) => {
    const deps = { store: estateReader().store, requester: snapshotRequester() };
    const answer = await requestSnapshots(deps, path.migration, { person, side: body.side });
    return isRefused(answer) ? answer : accepted(answer);
  },
  deployedToRead,
);
