import { requestAllSnapshots } from "#use-cases/request-snapshots.ts";
import { observed, tell } from "../telemetry.ts";
import { snapshotRequester, waveStore } from "../wire.ts";

export const handler = observed(
  { about: () => ({}), outcome: ({ asked }: { readonly asked: number }) => ({ asked }) },
  async () => {
    const clusters = await requestAllSnapshots({ store: waveStore(), requester: snapshotRequester() });
    for (const of of clusters) tell("snapshot requested", of);
    return { asked: clusters.length };
  },
);
