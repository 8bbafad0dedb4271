import { describe, expect, it } from "vitest";
import { thawWave } from "#use-cases/thaw-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";

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

describe("a handler that dies right after it told the reverse mirror to run, which Connect still says to be STOPPED", () => {
  const diesThere = (home: Home, before: () => Promise<void>): void => {
    home.estate.around = {
      after: async ({ name, args }) => {
        if (name !== "replicator.resume" || args[0] !== "reverse") return;
        home.estate.around = {};
        home.estate.staleStatuses = 2;
        await before();
        home.estate.isKilled = true;
      },
    };
  };

  it("is followed by another, which waits until it runs and sets nothing back", async () => {
    const home = await startHome();
    diesThere(home, async () => undefined);
    await home.reach("producers-moved");
    expect(await home.events()).not.toContain("WaveHeld");
    expect(home.estate.staleStatuses).toBe(0);
  });

  it("is thawed with both mirrors never running at once", async () => {
    const home = await startHome();
    diesThere(home, async () => {
      await thawWave(home.deps, {
        ref: REF,
        by: "olga",
        kind: "thawed-by-person",
        reason: "not now",
        cure: "resume it",
        invocationEndsAt: home.clock.now() + 60_000,
      });
    });
    await home.reach("cutover-ready");
    await home.settle(({ hold, phase }) => hold !== undefined && phase === "cutover-ready");
    const running = [...home.estate.connectors.values()].filter(({ isRunning }) => isRunning);
    expect(running.map(({ direction }) => direction)).toEqual(["forward"]);
  });
});
