/** The way back in memory: roll-back from each phase, withdrawal, abort, retry. */
import { describe, expect, it } from "vitest";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { orderAbort } from "#use-cases/order-abort.ts";
import { orderRollBack, type RollBackOrdered } from "#use-cases/order-roll-back.ts";
import { isRefused } from "#use-cases/refused.ts";
import { retryWave } from "#use-cases/retry-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";

const order = (home: Home): Promise<RollBackOrdered> =>
  orderRollBack(home.deps, {
    ref: REF,
    by: "olga",
    cause: "person",
    reason: "the ledger is wrong",
    invocationEndsAt: home.invocationEndsAt(),
  });

const isHeldOr =
  (phase: Phase) =>
  (row: WaveRow): boolean =>
    row.phase === phase || (row.hold !== undefined && row.phase !== "thawing");

async function retry(home: Home): Promise<void> {
  const retried = await retryWave(home.deps, REF, "olga");
  if (isRefused(retried)) throw new Error(retried.because);
}

/** Every record exactly once by the group, whichever side each was written on and read on. */
function expectProcessedOnce({ estate }: Home): void {
  for (let beats = 0; beats < 3; beats++) estate.beat();
  const acknowledged = estate.acknowledged.map((one) => one.record).sort();
  expect([...(estate.processed.get("payments-ledger") ?? [])].sort()).toEqual(acknowledged);
}

const expectOnSource = ({ estate }: Home): void => {
  expect(estate.positions.get("api")).toBe("source");
  expect(estate.positions.get("ledger")).toBe("source");
  expect(estate.fence()).toEqual([]);
  expect(estate.target.acls.filter((entry) => entry.permission === "DENY")).toEqual([]);
  expect([...estate.connectors.keys()]).toEqual([]);
};

describe("a roll-back", () => {
  it.each(["consumers-moved", "cutover-ready", "producers-moved"] as const)(
    "from %s returns every client to the source, and a retry is sealed, with nothing lost or repeated",
    async (phase) => {
      const home = await startHome();
      await home.reach(phase);
      for (let beats = 0; beats < 5; beats++) home.estate.beat();
      expect(await order(home)).toMatchObject({ outcome: "ordered" });
      const row = await home.settle(isHeldOr("rolled-back"));
      expect(row).toMatchObject({ phase: "rolled-back" });
      expectOnSource(home);
      expectProcessedOnce(home);
      await retry(home);
      expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
      expectProcessedOnce(home);
      expect(await home.events()).toContain("PinUsed");
      const acknowledged = home.estate.acknowledged.map((one) => one.record).sort();
      home.estate.positions.set("api", "paused");
      home.estate.beat();
      expect([...home.estate.recordsOn("target", "payments")].sort()).toEqual(acknowledged);
    },
  );
});

describe("an abort", () => {
  it("takes everything down, and a retry starts at the pin", async () => {
    const home = await startHome();
    await home.reach("replicating");
    const aborted = await orderAbort(home.deps, REF, {
      person: "olga",
      reason: "not today",
      deletesTargetTopics: false,
    });
    expect(isRefused(aborted)).toBe(false);
    expect(await home.settle(isHeldOr("aborted"))).toMatchObject({ phase: "aborted" });
    expectOnSource(home);
    expect(home.estate.workers.size).toBe(0);
    await retry(home);
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
    expectProcessedOnce(home);
  });
});
