/** Found by crash points on real clusters: a worker without rights never gets ready, and its wave waited for it for good. */
import { expect, it } from "vitest";
import type { Phase } from "#core/wave/lifecycle.ts";
import { orderAbort } from "#use-cases/order-abort.ts";
import { isRefused } from "#use-cases/refused.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import { order } from "../in-memory/way-back.ts";

const reach = (phase: Phase) => async (home: Home) => {
  await home.reach(phase);
  for (let beats = 0; beats < 3; beats++) home.estate.beat();
};

it.each([
  { last: "WaveSealed", end: "sealed", begin: reach("producers-moved") },
  {
    last: "WaveAborted",
    end: "aborted",
    begin: async (home: Home) => {
      await reach("replicating")(home);
      const given = { person: "olga", reason: "not today", deletesTargetTopics: false };
      const aborted = await orderAbort(home.deps, REF, given);
      if (isRefused(aborted)) throw new Error(aborted.because);
    },
  },
  {
    last: "WaveRolledBack",
    end: "rolled-back",
    begin: async (home: Home) => {
      await reach("producers-moved")(home);
      await order(home);
    },
  },
])("a handler that dies right before $last has taken the mirrors down: no worker is asked for again", async (o) => {
  let crashes = 0;
  const calls: string[] = [];
  const home: Home = await startHome(
    {},
    {
      points: {
        reach: async (point) => {
          if (crashes > 0 || !point.endsWith(`/WaveStore.write(${o.last})/before`)) return;
          crashes += 1;
          home.estate.isKilled = true;
          home.estate.around = {
            before: ({ name }) => {
              calls.push(name);
            },
          };
        },
      },
    },
  );
  await o.begin(home);
  await home.settle(({ phase }) => phase === o.end);
  expect(crashes).toBe(1);
  expect(calls.length).toBeGreaterThan(0);
  expect(calls.filter((name) => name === "workers.launch")).toEqual([]);
  expect(home.estate.workers.size).toBe(0);
});
