import { expect, it } from "vitest";
import { REF, startHome } from "../in-memory/home.ts";

it("given a freeze and its thaw that both lose their process, then the next hand lifts the fence well before 30 s after the deadline", async () => {
  const home = await startHome();
  const killed: string[] = [];
  home.estate.around = {
    after: async ({ name }) => {
      const { phase } = await home.row();
      if (killed.includes(phase)) return;
      if (
        (phase === "freezing" && name === "source.rights.add") ||
        (phase === "thawing" && name === "replicator.status")
      ) {
        killed.push(phase);
        home.estate.isKilled = true;
      }
    },
  };
  await home.reach("cutover-ready");
  await home.settle(({ hold, phase }) => hold !== undefined && phase === "cutover-ready");
  expect(killed).toEqual(["freezing", "thawing"]);
  expect(home.estate.fence()).toEqual([]);
  const journal = await home.store.journal(REF);
  const at = (event: string): number => journal.find((entry) => entry.event === event)?.at ?? Number.NaN;
  expect((at("WaveThawed") - at("ThawClaimed")) / 1000).toBeLessThan(25);
});
