import { describe, expect, it } from "vitest";
import { RetryableFault } from "#core/fault.ts";
import type { JournalEntry } from "#core/journal/entry.ts";
import { judgeAgain } from "#use-cases/judge-again.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { retryWave } from "#use-cases/retry-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import { waveFile } from "../in-memory/migration.ts";

const ALARM = "payments-errors";
const withAlarm = async (): Promise<Home> => {
  const home = await startHome({ policy: { alarms: [{ name: ALARM, waves: ["payments"] }] } });
  home.alarms.turn(ALARM, "OK");
  home.clock.advance(60_000);
  return home;
};
const entries = async (home: Home, event: string): Promise<readonly JournalEntry[]> =>
  (await home.store.journal(REF)).filter((entry) => entry.event === event);
const orders = (home: Home) => entries(home, "RollBackOrdered");
const ticks = async (home: Home, count: number): Promise<void> => {
  for (let tick = 0; tick < count; tick++) {
    await home.clock.sleep(500);
    await home.tick();
  }
};
const cutoverGate = async (home: Home, step: string) => {
  const gates = await readGates(home.deps, REF);
  if (isRefused(gates)) throw new Error(gates.because);
  const gate = gates.find((one) => one.gate === "cutover" && one.step === step);
  if (gate === undefined) throw new Error(`no gate cutover before ${step}`);
  return gate;
};

describe("an alarm of the file", () => {
  it.each(["consumers-moved", "cutover-ready", "producers-moved"] as const)(
    "that turns to ALARM rolls back a wave that is %s, with a reason that names it",
    async (phase) => {
      const home = await withAlarm();
      await home.reach(phase);
      home.alarms.turn(ALARM, "ALARM", "5 errors a minute");
      await home.tick();
      const [order, ...more] = await orders(home);
      expect(more).toEqual([]);
      expect(order).toMatchObject({
        by: "sluice",
        details: {
          cause: "alarm",
          reason: expect.stringMatching(/payments-errors is in ALARM since 20.*5 errors a minute/),
        },
      });
      await home.settle((row) => row.phase === "rolled-back");
      expect(Object.fromEntries(home.estate.positions)).toEqual({ api: "source", ledger: "source" });
    },
  );

  it("rolls the wave back beside a tick that is still at work, once, and nothing else is done meanwhile", async () => {
    const home = await withAlarm();
    await home.reach("producers-moved");
    const now = home.clock.now();
    expect(await home.deps.store.items.takeLease(REF, "tick", "another", now, now + 60_000)).toBe(true);
    const before = await home.events();
    expect(await home.tick()).toBe("busy");
    expect(await home.events()).toEqual(before);
    home.alarms.turn(ALARM, "ALARM", "5 errors a minute");
    expect([await home.tick(), await home.tick()]).toEqual(["busy", "busy"]);
    expect(await orders(home)).toMatchObject([{ details: { cause: "alarm" } }]);
    expect((await home.row()).phase).toBe("rolling-back");
    await home.deps.store.items.releaseLease(REF, "tick", "another");
    await home.settle((row) => row.phase === "rolled-back");
  });

  it("that turns while the wave is frozen thaws it, and rolls it back from there", async () => {
    const home = await withAlarm();
    await home.reach("cutover-ready");
    const row = await home.row();
    const now = home.clock.now();
    const freeze = { id: "f", startedAt: now, deadlineAt: now + 60_000 };
    await home.store.write(row, { ...row, phase: "frozen", freeze }, [{ event: "WaveFrozen", by: "sluice" }], now);
    home.alarms.turn(ALARM, "ALARM");
    await home.tick();
    expect(await home.row()).toMatchObject({
      phase: "rolling-back",
      rollBack: { cause: "alarm", from: "cutover-ready" },
    });
    expect(await home.events()).toContain("ThawClaimed");
  });

  it("that stands in ALARM when a wave is tried again holds the next attempt's gate", async () => {
    const home = await withAlarm();
    await home.reach("consumers-moved");
    home.alarms.turn(ALARM, "ALARM");
    await home.settle((row) => row.phase === "rolled-back");
    home.clock.advance(60_000);
    await retryWave(home.deps, REF, "olga");
    await home.settle((row) => row.gate?.step === "move-consumers", { approves: false });
    await ticks(home, 6);
    expect(await home.row()).toMatchObject({ phase: "replicating", attempt: 2 });
    expect(await cutoverGate(home, "move-consumers")).toMatchObject({ verdict: "hold" });
    home.alarms.turn(ALARM, "OK");
    await home.settle((row) => row.phase === "consumers-moved");
    home.alarms.turn(ALARM, "ALARM", "and again");
    await home.tick();
    expect(await orders(home)).toHaveLength(2);
  });

  it("has one effect, however often it is seen", async () => {
    const home = await withAlarm();
    await home.reach("consumers-moved");
    home.alarms.turn(ALARM, "ALARM");
    await ticks(home, 5);
    expect(await orders(home)).toHaveLength(1);
  });

  it("that stood in ALARM when the wave started holds its cutover gate, approved or not, and rolls nothing back", async () => {
    const home = await withAlarm();
    home.alarms.turn(ALARM, "ALARM", "broken for a week");
    home.clock.advance(60_000);
    await home.reach("replicating");
    await ticks(home, 10);
    expect(await home.row()).toMatchObject({ phase: "replicating" });
    const gate = await cutoverGate(home, "move-consumers");
    expect(gate).toMatchObject({ verdict: "hold", isOpen: true });
    expect(gate.checks.map((check) => check.reason).join()).toContain("broken for a week");
    home.alarms.turn(ALARM, "OK");
    await home.settle((row) => row.phase === "consumers-moved");
    expect(await orders(home)).toEqual([]);
  });

  it("that turns before any client moved rolls nothing back: the gate holds", async () => {
    const home = await withAlarm();
    await home.reach("replicating");
    home.alarms.turn(ALARM, "ALARM");
    await ticks(home, 3);
    expect(await orders(home)).toEqual([]);
    expect((await cutoverGate(home, "move-consumers")).verdict).toBe("hold");
  });

  it("in ALARM since before the attempt began rolls nothing back, whenever CloudWatch says so", async () => {
    const home = await withAlarm();
    await home.reach("consumers-moved");
    const { attemptStartedAt = 0 } = await home.row();
    home.alarms.alarms.set(ALARM, {
      name: ALARM,
      state: "ALARM",
      stateReason: "late news",
      changedAt: attemptStartedAt - 1,
    });
    await ticks(home, 3);
    expect(await orders(home)).toEqual([]);
  });

  it("that cannot be asked is unknown, journalled once, and no reason to go back; nor does it pass for calm", async () => {
    const home = await withAlarm();
    await home.reach("consumers-moved");
    home.alarms.turn(ALARM, "ALARM");
    home.alarms.fault = new RetryableFault("CloudWatch is away");
    await ticks(home, 3);
    expect(await orders(home)).toEqual([]);
    expect((await entries(home, "RollbackJudged")).map((entry) => entry.details)).toEqual([
      { verdicts: [{ name: `alarm:${ALARM}`, verdict: "unknown", was: "clear", reason: "CloudWatch is away" }] },
    ]);
    home.alarms.fault = undefined;
    await ticks(home, 1);
    expect(await orders(home)).toHaveLength(1);
  });

  it("of another wave is not asked for", async () => {
    const home = await startHome();
    await home.reach("consumers-moved");
    await ticks(home, 2);
    expect(home.alarms.asked).toBe(0);
    expect((await cutoverGate(home, "move-consumers")).checks[0]).toMatchObject({
      check: "alarms",
      verdict: "pass",
      reason: expect.stringContaining("no alarm is declared"),
    });
  });

  it.each([
    ["has no data", "unknown", (home: Home) => home.alarms.turn(ALARM, "INSUFFICIENT_DATA")],
    ["does not exist", "fail", (home: Home) => home.alarms.alarms.delete(ALARM)],
    [
      "is away",
      "unknown",
      (home: Home) => {
        home.alarms.fault = new RetryableFault("CloudWatch is away");
      },
    ],
  ] as const)("that %s is %s at the gate, and right before the freeze", async (says, verdict, change) => {
    const home = await withAlarm();
    await home.reach("cutover-ready");
    expect(await judgeAgain(home.deps, REF, "freeze")).toBeUndefined();
    change(home);
    await ticks(home, 2);
    expect(await cutoverGate(home, "freeze")).toMatchObject({ verdict });
    expect(await judgeAgain(home.deps, REF, "freeze")).toMatch(
      new RegExp(`cutover/alarm:${ALARM} is ${verdict}.*${says}`),
    );
    await home.approve();
    await ticks(home, 2);
    expect(await home.row()).toMatchObject({ phase: "cutover-ready" });
  });

  it("does not roll back again by itself a wave that came back held from a roll-back", async () => {
    const home = await withAlarm();
    await home.reach("producers-moved");
    home.alarms.turn(ALARM, "ALARM");
    await home.tick();
    expect(await orders(home)).toHaveLength(1);
    // As a roll-back leaves it that missed its deadline.
    const { rollBack: _rollBack, ...row } = await home.row();
    const hold = {
      kind: "by-person" as const,
      by: "sluice",
      at: home.clock.now(),
      reason: "the roll-back was late",
      cure: "look",
    };
    await home.store.write(
      row,
      { ...row, phase: "producers-moved", hold },
      [{ event: "WaveHeld", by: "sluice" }],
      home.clock.now(),
    );
    home.clock.advance(1000);
    home.alarms.turn(ALARM, "OK");
    await ticks(home, 1);
    home.alarms.turn(ALARM, "ALARM", "once more");
    await ticks(home, 3);
    expect(await orders(home)).toHaveLength(1);
  });
});

describe("a rule of the file", () => {
  const RULE = { kind: "lag", maxLagRecords: 3, forSeconds: 3 };
  const withRule = async (rule: object = RULE): Promise<Home> => {
    const home = await startHome({
      waves: [waveFile("payments"), waveFile("orders")],
      policy: { rollbackRules: [rule] },
    });
    await home.reach("producers-moved");
    await ticks(home, 4);
    expect(await orders(home)).toEqual([]);
    return home;
  };

  it("rolls the wave back once a moved group lags for its duration, and says which, how much and since when", async () => {
    const home = await withRule();
    home.estate.positions.set("ledger", "paused");
    await ticks(home, 6);
    expect(await orders(home)).toEqual([]);
    await ticks(home, 14);
    expect((await orders(home)).map((entry) => entry.details)).toEqual([
      {
        cause: "rule",
        from: "producers-moved",
        reason: expect.stringMatching(
          /^group payments-ledger is \d+ records behind on the target, and has been more than 3 behind since 20.*, for 3 s and more$/,
        ),
      },
    ]);
  });

  it("says nothing of groups that it does not name", async () => {
    const home = await withRule({ ...RULE, groups: ["orders-ledger"] });
    home.estate.positions.set("ledger", "paused");
    await ticks(home, 20);
    expect(await orders(home)).toEqual([]);
  });

  it("is unknown while the target cannot be asked, whatever it said before, and goes on where the gap was short", async () => {
    const home = await withRule();
    home.estate.positions.set("ledger", "paused");
    await ticks(home, 8);
    home.estate.around = {
      before: ({ name }) => {
        if (name === "target.groups.committed") throw new RetryableFault("the target is away");
      },
    };
    await ticks(home, 10);
    expect(await orders(home)).toEqual([]);
    const judged = await entries(home, "RollbackJudged");
    expect(judged.map((entry) => entry.details)).toEqual([
      { verdicts: [expect.objectContaining({ name: "rule:lag:0:payments-ledger", verdict: "unknown", was: "clear" })] },
    ]);
    home.estate.around = {};
    await ticks(home, 1);
    expect(await orders(home)).toHaveLength(1);
  });

  it("judges no group that has not moved", async () => {
    const home = await startHome({ policy: { rollbackRules: [{ ...RULE, maxLagRecords: 0, forSeconds: 1 }] } });
    await home.reach("replicating");
    home.estate.positions.set("ledger", "paused");
    const row = await home.row();
    const claim = { step: "move-consumers", id: "c", run: 1, leaseUntil: home.clock.now() + 600_000 } as const;
    await home.store.write(row, { ...row, phase: "moving-consumers", claim }, [{ event: "Moved", by: "x" }], 1);
    await ticks(home, 10);
    expect(await orders(home)).toEqual([]);
    expect(await home.store.items.get(REF, "WINDOW", "rule:lag:0:payments-ledger")).toBeUndefined();
  });
});
