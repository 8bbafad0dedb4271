import { describe, expect, it } from "vitest";
import { waveGauges } from "#use-cases/wave-gauges.ts";
import { REF, startHome } from "../in-memory/home.ts";

const gauges = (home: Awaited<ReturnType<typeof startHome>>) => waveGauges(home.deps, REF);

describe("a wave in numbers", () => {
  it("has the delay of the forward mirror while it should run, and stands still for nobody", async () => {
    const home = await startHome();
    expect(await gauges(home)).toEqual({ frozenSeconds: 0, heldSeconds: 0 });
    await home.reach("replicating");
    await home.tick();
    await home.tick();
    expect(await gauges(home)).toEqual({ frozenSeconds: 0, heldSeconds: 0, mirrorDelaySeconds: expect.any(Number) });
  });

  it("tells for how long it is held and frozen", async () => {
    const home = await startHome();
    await home.reach("cutover-ready");
    const now = home.clock.now();
    const row = await home.row();
    const hold = { kind: "late-writer", by: "sluice", at: now - 7_000, reason: "r", cure: "c" } as const;
    const freeze = { id: "f", startedAt: now - 3_000, deadlineAt: now };
    await home.store.write(row, { ...row, hold, freeze }, [{ event: "Prepared", by: "the test" }], now);
    expect(await gauges(home)).toMatchObject({ frozenSeconds: 3, heldSeconds: 7 });
  });

  it("has the reverse mirror's delay and what only the target has, once producers moved; the journal tells how long they stood", async () => {
    const home = await startHome();
    await home.reach("producers-moved");
    await home.tick();
    await home.tick();
    expect(await gauges(home)).toEqual({
      frozenSeconds: 0,
      heldSeconds: 0,
      mirrorDelaySeconds: expect.any(Number),
      onlyOnTargetRecords: expect.any(Number),
    });
    const journal = await home.store.journal(REF);
    const frozenAt = journal.find(({ event, details }) => event === "StepClaimed" && details["step"] === "freeze")?.at;
    const moved = journal.find(({ event }) => event === "ProducersMoved");
    expect(moved?.details["frozenSince"]).toBe(frozenAt);
    expect(frozenAt).toBeGreaterThan(0);
  });

  it("of a wave that is not there are none", async () => {
    const home = await startHome();
    expect(await waveGauges(home.deps, { ...REF, wave: "moon" })).toBeUndefined();
  });
});
