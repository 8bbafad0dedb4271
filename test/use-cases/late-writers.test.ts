/** A record on the source that did not come through the reverse mirror, after producers have moved: in memory. */
import { describe, expect, it } from "vitest";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { waveAnswer } from "#use-cases/wave-answer.ts";
import { readFact } from "#use-cases/wave-facts.ts";
import { type Home, REF } from "../in-memory/home.ts";
import { expectOnSource, isHeldOr, order, PRODUCERS, retry, startTwoOfEach } from "../in-memory/way-back.ts";

const KEY = "payments/0";
const GROUPS = ["payments-ledger", "payments-audit"] as const;
const begin = async (): Promise<Home> => {
  const home = await startTwoOfEach({ observationWindowSeconds: 3600, wayBackSampleSeconds: 1 });
  await home.reach("producers-moved");
  for (let beats = 0; beats < 3; beats++) home.estate.beat();
  await home.tick();
  return home;
};
const write = (home: Home, record: string): bigint =>
  home.estate.source.log(KEY).append(record, BigInt(home.clock.now()));
const wayBack = async (home: Home) => (await waveAnswer(home.deps, await home.row())).wayBack;
const lateCheck = async (home: Home) => {
  const gates = await readGates(home.deps, REF);
  if (isRefused(gates)) throw new Error(gates.because);
  return gates.flatMap(({ checks }) => checks).find(({ check }) => check === "late-writers");
};
const twoTicks = async (home: Home): Promise<void> => {
  for (let ticked = 0; ticked < 2; ticked++) {
    await home.clock.sleep(1_000);
    await home.engine.drive();
    await home.tick();
  }
};

describe("a late writer", () => {
  it("is named by its place within two ticks, holds the wave once, and the next one holds it anew", async () => {
    const home = await begin();
    expect((await home.row()).hold).toBeUndefined();
    const first = write(home, "late-1");
    await twoTicks(home);
    expect(await home.row()).toMatchObject({
      phase: "producers-moved",
      hold: {
        kind: "late-writer",
        by: "sluice",
        reason: expect.stringMatching(
          new RegExp(`late writer.*1 record on ${KEY} at offset ${first} \\(its broker names producer ids 7 `),
        ),
        cure: expect.stringMatching(/stop that writer.*resume.*roll-back, which keeps them/),
      },
    });
    await home.resume();
    await twoTicks(home);
    await twoTicks(home);
    expect((await home.row()).hold).toBeUndefined();
    expect((await lateCheck(home))?.reason).toMatch(/1 of late writers, of which a person was told/);
    const second = write(home, "late-2");
    await twoTicks(home);
    const { hold } = await home.row();
    expect(hold?.reason).toContain(`at offset ${second}`);
    expect(hold?.reason).not.toContain(`at offset ${first} `);
    expect((await home.events()).filter((event) => event === "WaveHeld")).toHaveLength(2);
  });

  it("is named when the wave goes on, where it wrote while a person held it", async () => {
    const home = await begin();
    const row = await home.row();
    const hold = { kind: "by-person" as const, by: "olga", at: home.clock.now(), reason: "lunch", cure: "resume" };
    await home.store.write(row, { ...row, hold }, [{ event: "WaveHeld", by: "olga" }], home.clock.now());
    const offset = write(home, "late-1");
    await twoTicks(home);
    expect((await home.row()).hold?.reason).toBe("lunch");
    await home.resume();
    await twoTicks(home);
    expect((await home.row()).hold?.reason).toContain(`at offset ${offset}`);
  });

  it("does not keep a wave from its seal, once a person has resumed it", async () => {
    const home = await startTwoOfEach();
    await home.reach("producers-moved");
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    write(home, "late-1");
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "producers-moved" });
    expect(await lateCheck(home)).toBeDefined();
    await home.resume();
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed" });
  });

  it.each([0, 3])(
    "is kept by a roll-back that is clean, with %i beats behind it: every group reads it or has passed it, and the next attempt takes fresh topics",
    async (beats) => {
      const home = await begin();
      const { estate } = home;
      write(home, "late-1");
      if (beats === 0) for (const name of PRODUCERS) estate.positions.set(name, "paused");
      for (let beat = 0; beat < beats; beat++) estate.beat();
      await twoTicks(home);
      const now = await wayBack(home);
      expect(now).toMatchObject({
        kind: "clean",
        reasons: expect.arrayContaining([expect.stringMatching(/^1 records of late/)]),
      });
      expect(await order(home)).toMatchObject({ outcome: "ordered" });
      const row = await home.settle((one) => one.phase === "rolled-back" || one.phase === "withdrawing");
      expect(row).toMatchObject({ phase: "rolled-back" });
      expectOnSource(home);
      expect((await readFact(home.store.items, REF, "pin"))?.voidBecause).toMatch(/late writers/);
      for (let beat = 0; beat < 3; beat++) estate.beat();
      expect(estate.recordsOn("source", "payments")).toContain("late-1");
      const written = estate.acknowledged.map(({ record }) => record).sort();
      for (const id of GROUPS) {
        const processed = estate.processed.get(id) ?? [];
        expect(processed.filter((record) => record !== "late-1").sort(), id).toEqual(written);
        if (beats === 0) expect(processed, id).toContain("late-1");
      }
      await retry(home);
      expect(await home.settle((one) => one.phase === "replicating" || one.hold !== undefined)).toMatchObject({
        phase: "replicating",
      });
      expect(await home.events()).toContain("TargetTopicsRenewed");
    },
  );
});
