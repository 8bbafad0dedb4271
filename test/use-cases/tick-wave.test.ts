import { describe, expect, it } from "vitest";
import { RetryableFault } from "#core/fault.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { thawWave } from "#use-cases/thaw-wave.ts";
import { tickActiveWaves } from "#use-cases/tick-active-waves.ts";
import { type Ticking, tickWave } from "#use-cases/tick-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";

/** A wave that stands frozen: its handler was killed right after the fence went up, and its execution is gone, too. */
async function frozenAndForgotten(): Promise<Home> {
  const home = await startHome();
  home.estate.around = {
    before: async ({ name }) => {
      const { phase } = await home.row();
      if (phase !== "draining" || name !== "replicator.stop") return;
      home.engine.lose(await home.run());
      home.estate.isKilled = true;
    },
  };
  await home.reach("cutover-ready");
  for (let turns = 0; turns < 40 && (await home.row()).phase !== "draining"; turns++) {
    await home.tick();
    await home.approve();
    await home.clock.sleep(500);
    await home.engine.drive();
  }
  home.estate.around = {};
  expect(await home.row()).toMatchObject({ phase: "draining" });
  expect(home.estate.fence()).not.toEqual([]);
  return home;
}

describe("a tick", () => {
  it("reads the file once, and the row only where something may have happened since", async () => {
    const home = await startHome();
    await home.reach("replicating");
    // Until no verdict changes any more.
    for (let turn = 0; turn < 8; turn++) {
      await home.tick();
      await home.clock.sleep(1_000);
    }
    const reads: string[] = [];
    const { store } = home;
    const counted: Ticking = {
      ...home.deps,
      announcer: { announce: async () => undefined },
      store: {
        ...store,
        migration: (name) => {
          reads.push("file");
          return store.migration(name);
        },
        wave: (ref) => {
          reads.push("row");
          return store.wave(ref);
        },
        items: {
          ...store.items,
          list: (ref, kind) => {
            reads.push(kind);
            return store.items.list(ref, kind);
          },
        },
      },
    };
    await tickWave(counted, REF, home.invocationEndsAt());
    expect(reads.toSorted()).toEqual(["EVIDENCE", "file", "row", "row"]);
  });

  it("does nothing while another ticks the same wave, and goes on when that one's lease has ended", async () => {
    const home = await startHome();
    await home.reach("replicating");
    const now = home.clock.now();
    await home.store.items.takeLease(REF, "tick", "another", now, now + 5_000);
    const before = await home.events();
    expect(await home.tick()).toBe("busy");
    expect(await home.events()).toEqual(before);
    home.clock.advance(5_000);
    expect(await home.tick()).toBe("ticked");
  });

  it("starts a lost execution as the next run, after the grace that a command's own start has", async () => {
    const home = await startHome();
    await home.reach("replicating");
    const lost = await home.run();
    home.engine.lose(lost);
    await home.tick();
    expect((await home.row()).run).toBe(1);
    home.clock.advance(5_000);
    await home.tick();
    expect(await home.row()).toMatchObject({ run: 2, phase: "replicating" });
    expect(await home.engine.isRunning({ ...lost, run: 2 })).toBe(true);
    await home.tick();
    expect((await home.row()).run).toBe(2);
  });

  it("leaves a step whose handler may still be at work until its lease has ended", async () => {
    const home = await startHome();
    await home.reach("replicating");
    const row = await home.row();
    const claim = { step: "move-consumers", id: "c", run: 1, leaseUntil: home.clock.now() + 30_000 } as const;
    await home.store.write(
      row,
      { ...row, phase: "moving-consumers", claim },
      [{ event: "StepClaimed", by: "sluice" }],
      home.clock.now(),
    );
    home.engine.lose(await home.run());
    home.clock.advance(20_000);
    await home.tick();
    expect((await home.row()).run).toBe(1);
    home.clock.advance(10_000);
    await home.tick();
    expect(await home.row()).toMatchObject({ run: 2, phase: "moving-consumers" });
  });

  it("touches no wave that is at rest", async () => {
    const home = await startHome();
    home.clock.advance(60_000);
    await home.tick();
    expect(await home.events()).toEqual([]);
    expect(await tickActiveWaves({ store: home.store, ticks: home.deps.ticks })).toEqual([]);
  });

  it("thaws a freeze whose execution is gone, long before its deadline", async () => {
    const home = await frozenAndForgotten();
    home.clock.advance(6_000);
    await home.tick();
    expect(await home.row()).toMatchObject({
      phase: "cutover-ready",
      hold: {
        kind: "freeze-abandoned",
        reason: expect.stringContaining("execution that froze the wave is not running"),
      },
    });
    expect(home.estate.fence()).toEqual([]);
    expect(home.estate.positions.get("api")).toBe("source");
  });

  it("thaws a freeze past its deadline, whatever its execution does, and only that freeze", async () => {
    const home = await frozenAndForgotten();
    const row = await home.row();
    await home.deps.engine.start({ ...(await home.run()), run: 99 }, "wave");
    const late = {
      ref: REF,
      freezeId: "an earlier freeze",
      by: "sluice",
      kind: "freeze-deadline" as const,
      reason: "late",
      cure: "none",
      invocationEndsAt: home.invocationEndsAt(),
    };
    expect(await thawWave(home.deps, late)).toEqual({
      outcome: "refused",
      because: "freeze an earlier freeze is over",
    });
    expect((await home.row()).phase).toBe("draining");
    home.clock.advance((row.freeze?.deadlineAt ?? 0) - home.clock.now());
    await home.tick();
    expect(await home.row()).toMatchObject({
      phase: "cutover-ready",
      hold: { kind: "freeze-deadline", reason: expect.stringContaining("deadline") },
    });
    expect((await home.row()).run).toBe(row.run + 1);
  });

  it("calls a gate unknown, with the reason, that it cannot measure, and goes on with the rest", async () => {
    const home = await startHome();
    await home.reach("consumers-moved");
    await home.settle((row) => row.gate?.step === "prepare-cutover");
    home.estate.around = {
      before: ({ name }) => {
        if (name === "target.topics.describe") throw new RetryableFault("the target is away");
      },
    };
    expect(await home.tick()).toBe("ticked");
    const gates = await readGates(home.deps, REF);
    if (isRefused(gates)) throw new Error(gates.because);
    const keepUp = gates.find((gate) => gate.gate === "keep-up");
    expect(keepUp).toMatchObject({ verdict: "unknown", isOpen: true });
    expect(keepUp?.checks.map((check) => check.reason).join()).toContain("could not be measured: the target is away");
    expect(home.announced.length).toBe((await home.events()).length);
  });

  it("journals a gate's verdict when it changes, and not again", async () => {
    const home = await startHome();
    await home.reach("replicating");
    for (let ticks = 0; ticks < 8; ticks++) {
      await home.tick();
      await home.clock.sleep(500);
    }
    const judged = (await home.store.journal(REF)).filter((entry) => entry.event === "GateJudged");
    const before = judged.length;
    await home.tick();
    expect((await home.events()).filter((event) => event === "GateJudged")).toHaveLength(before);
    expect(JSON.stringify(judged.map((entry) => entry.details))).toContain('"verdict":"pass"');
  });
});

describe("an open gate", () => {
  /** The gates before move-consumers are open, measured to pass and approved, and the execution does not get the token. */
  async function passed(answer: "refused" | "accepted") {
    const home = await startHome();
    await home.reach("replicating");
    await home.settle((row) => row.gate !== undefined, { approves: false });
    const sent: string[] = [];
    const real = home.engine.sendToken.bind(home.engine);
    home.engine.sendToken = async (token) => {
      sent.push(token);
      return answer;
    };
    for (let ticks = 0; ticks < 8 && (await home.row()).gate?.passedAt === undefined; ticks++) {
      await home.clock.sleep(500);
      await home.tick();
      await home.approve();
    }
    expect((await home.row()).gate?.passedAt).toBeDefined();
    return { home, sent, real };
  }

  it("that has passed sends its token again on each tick until the step is claimed", async () => {
    const { home, sent, real } = await passed("accepted");
    const token = (await home.row()).gate?.token;
    const before = sent.length;
    await home.tick();
    await home.tick();
    expect(sent.length).toBe(before + 2);
    expect(new Set(sent)).toEqual(new Set([token]));
    home.engine.sendToken = real;
    await home.settle((row) => row.phase === "consumers-moved");
    expect((await home.row()).run).toBe(1);
  });

  it("whose token is refused while its execution runs is left alone: the token may just have arrived", async () => {
    const { home } = await passed("refused");
    home.clock.advance(20_000);
    await home.tick();
    expect(await home.row()).toMatchObject({ run: 1, phase: "replicating" });
  });

  it("whose token is refused and whose execution is gone is taken up by the next run", async () => {
    const { home, real } = await passed("refused");
    home.engine.lose(await home.run());
    home.clock.advance(20_000);
    await home.tick();
    expect((await home.row()).run).toBe(2);
    expect((await home.row()).gate).toBeUndefined();
    home.engine.sendToken = real;
    await home.settle((row) => row.phase === "consumers-moved");
    expect((await home.row()).run).toBe(2);
  });
});
