import { describe, expect, it } from "vitest";
import { OperatorFault } from "#core/fault.ts";
import { freeStuckWaves } from "#use-cases/free-stuck-waves.ts";
import { orderRollBack } from "#use-cases/order-roll-back.ts";
import { thawAtDeadline } from "#use-cases/thaw-at-deadline.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";

/** A freeze whose handler was killed right after its fence, with nothing that has noticed. */
async function frozenHome(): Promise<Home & { readonly freeze: { readonly id: string; readonly deadlineAt: number } }> {
  const home = await startHome();
  await home.reach("cutover-ready");
  await home.passGates("freeze");
  const row = await home.row();
  const now = home.clock.now();
  const freeze = { id: "f1", startedAt: now, deadlineAt: now + 60_000 };
  const claim = { step: "freeze" as const, id: "gone", run: row.run, leaseUntil: now + 60_000 };
  const events = [{ event: "StepClaimed", by: "sluice" }] as const;
  await home.store.write(row, { ...row, phase: "freezing", freeze, claim }, events, now);
  home.estate.positions.set("api", "paused");
  return { ...home, freeze };
}

const call = (home: Home, o: { freezeId?: string; deadlineAt: number; seconds?: number }) =>
  thawAtDeadline(home.deps, {
    ref: REF,
    freezeId: o.freezeId ?? "f1",
    deadlineAt: o.deadlineAt,
    invocationEndsAt: home.clock.now() + (o.seconds ?? 210) * 1000,
  });
const claimedAt = async (home: Home): Promise<number | undefined> =>
  (await home.store.journal(REF)).find((entry) => entry.event === "ThawClaimed")?.at;

describe("the one-shot schedule's hand", () => {
  it("called early, sleeps until the deadline and thaws then", async () => {
    const home = await frozenHome();
    const { deadlineAt } = home.freeze;
    expect(await call(home, { deadlineAt })).toMatchObject({ outcome: "completed" });
    expect(await claimedAt(home)).toBeGreaterThanOrEqual(deadlineAt);
    expect(await home.row()).toMatchObject({ phase: "cutover-ready", hold: { by: "sluice" } });
    // Delivered once more, late.
    expect(await call(home, { deadlineAt })).toMatchObject({ outcome: "superseded", because: "freeze f1 is over" });
  });

  it("called for an older freeze, leaves the one that stands", async () => {
    const home = await frozenHome();
    const before = await home.row();
    expect(await call(home, { freezeId: "f0", deadlineAt: home.clock.now() - 1 })).toMatchObject({
      outcome: "superseded",
    });
    expect(await home.row()).toEqual(before);
  });

  it("reads from the row that the deadline was set anew, and sleeps on", async () => {
    const home = await frozenHome();
    const { deadlineAt } = home.freeze;
    expect(await call(home, { deadlineAt: deadlineAt - 30_000 })).toMatchObject({ outcome: "completed" });
    expect(await claimedAt(home)).toBeGreaterThanOrEqual(deadlineAt);
  });

  it("has itself called again for a deadline that its invocation cannot reach", async () => {
    const home = await frozenHome();
    const { deadlineAt } = home.freeze;
    expect(await call(home, { deadlineAt: home.clock.now(), seconds: 90 })).toMatchObject({ outcome: "yielded" });
    expect(home.deadlines.at.get("f1")).toBe(deadlineAt);
    expect((await home.row()).phase).toBe("freezing");
  });

  it("leaves a wave that is held in moving-producers to its person", async () => {
    const home = await frozenHome();
    const row = await home.row();
    const hold = { kind: "by-person" as const, by: "sluice", at: 0, reason: "r", cure: "c" };
    const events = [{ event: "WaveHeld", by: "sluice" }] as const;
    await home.store.write(row, { ...row, phase: "moving-producers", hold }, events, home.clock.now());
    expect(await call(home, { deadlineAt: home.clock.now() })).toMatchObject({ outcome: "superseded" });
    expect((await home.row()).phase).toBe("moving-producers");
  });

  it("takes up a thaw whose process died, when its lease is over", async () => {
    const home = await frozenHome();
    const row = await home.row();
    const claim = { step: "thaw" as const, id: "gone", run: row.run, leaseUntil: home.freeze.deadlineAt + 8_000 };
    const events = [{ event: "ThawClaimed", by: "sluice" }] as const;
    await home.store.write(row, { ...row, phase: "thawing", claim }, events, home.clock.now());
    expect(await call(home, { deadlineAt: home.freeze.deadlineAt })).toMatchObject({ outcome: "completed" });
    expect(home.clock.now()).toBeGreaterThanOrEqual(claim.leaseUntil);
  });
});

describe("the schedule of a freeze", () => {
  it("is made before anything is stopped, moved with the deadline of move-producers, and taken away when the freeze has ended", async () => {
    const home = await startHome();
    const stoppedBefore: boolean[] = [];
    const { schedule } = home.deadlines.port;
    Object.assign(home.deps, {
      deadlines: {
        ...home.deadlines.port,
        schedule: (...given: Parameters<typeof schedule>) => {
          stoppedBefore.push(home.estate.positions.get("api") !== "source");
          return schedule(...given);
        },
      },
    });
    await home.reach("producers-moved");
    const claims = (await home.store.journal(REF)).filter(
      ({ event, details }) => event === "StepClaimed" && ["freeze", "move-producers"].includes(String(details["step"])),
    );
    expect(claims).toHaveLength(2);
    expect(home.deadlines.asked).toHaveLength(2);
    for (const [index, { freezeId, at }] of home.deadlines.asked.entries()) {
      expect(freezeId).toBe(claims[index]?.details["freeze"]);
      expect(Math.abs(at - Number(claims[index]?.details["deadlineAt"]))).toBeLessThan(1_000);
    }
    expect(stoppedBefore[0]).toBe(false);
    expect(home.deadlines.at.size).toBe(0);
  });

  it("that cannot be made refuses the freeze: nothing is stopped, and the wave is held with the cure", async () => {
    const home = await startHome();
    home.deadlines.fault = new OperatorFault("schedule group sluice-deadlines does not exist; deploy it");
    await home.reach("cutover-ready");
    const row = await home.settle(({ hold }) => hold !== undefined);
    expect(row).toMatchObject({ phase: "cutover-ready", hold: { reason: expect.stringMatching(/deploy it/) } });
    expect(await home.events()).not.toContain("ThawClaimed");
    expect(home.estate.positions.get("api")).toBe("source");
    expect(home.estate.fence()).toEqual([]);
  });

  it("that does not answer while the producers move is not waited for", async () => {
    const home = await startHome();
    const { schedule } = home.deadlines.port;
    let asked = 0;
    const never = new Promise<void>(() => undefined);
    Object.assign(home.deps, {
      deadlines: {
        ...home.deadlines.port,
        schedule: (...given: Parameters<typeof schedule>) => (++asked > 1 ? never : schedule(...given)),
      },
    });
    await home.reach("producers-moved");
    const moved = (await home.store.journal(REF)).find((entry) => entry.event === "ProducersMoved");
    expect(moved?.details["notScheduled"]).toBe("no answer yet");
  });

  it("that cannot be moved or taken away keeps nobody: the wave goes on, and the journal says so", async () => {
    const home = await startHome();
    await home.reach("cutover-ready");
    home.estate.around = {
      after: async () => {
        if ((await home.row()).phase === "draining") home.deadlines.fault = new OperatorFault("no rights");
      },
    };
    await home.settle(({ phase }) => phase === "producers-moved");
    const moved = (await home.store.journal(REF)).find((entry) => entry.event === "ProducersMoved");
    expect(moved?.details["notScheduled"]).toBe("no rights");
  });
});

describe("the guard's look", () => {
  const look = (home: Home, asksEngine = false) =>
    freeStuckWaves(home.deps, { graceMilliseconds: 3_000, asksEngine, invocationSeconds: 25 });

  it("lifts a freeze a few seconds after its deadline, and nothing before", async () => {
    const home = await frozenHome();
    home.clock.advance(home.freeze.deadlineAt + 2_000 - home.clock.now());
    expect(await look(home)).toEqual([]);
    expect((await home.row()).phase).toBe("freezing");
    home.clock.advance(1_000);
    expect(await look(home)).toMatchObject([{ ref: REF, isStillFrozen: false }]);
    expect((await home.row()).phase).toBe("cutover-ready");
    expect(await look(home)).toEqual([]);
  });

  it("at its start lifts a freeze whose execution is gone, and leaves one whose execution runs", async () => {
    const home = await frozenHome();
    const isRunning = home.engine.isRunning.bind(home.engine);
    home.engine.isRunning = async () => true;
    expect(await look(home, true)).toEqual([]);
    home.engine.isRunning = async () => false;
    expect(await look(home)).toEqual([]);
    expect(await look(home, true)).toMatchObject([{ isStillFrozen: false }]);
    expect((await home.row()).hold?.reason).toMatch(/everything was killed in freezing/);
    home.engine.isRunning = isRunning;
  });

  it("withdraws a roll-back whose deadline nobody has kept, and goes on with a turn that nobody takes", async () => {
    const home = await startHome();
    await home.reach("producers-moved");
    await orderRollBack(home.deps, {
      ref: REF,
      by: "olga",
      cause: "person",
      reason: "the ledger is wrong",
      invocationEndsAt: home.invocationEndsAt(),
    });
    const { rollBack } = await home.row();
    expect(await look(home)).toEqual([]);
    home.clock.advance((rollBack?.deadlineAt ?? 0) + 3_000 - home.clock.now());
    home.estate.around = {
      after: ({ name }) => {
        // The guard's own process may end, too: the next look finds a turn whose lease is over.
        if (name === "replicator.resume" || name === "target.rights.remove") home.estate.isKilled = true;
      },
    };
    const died = await look(home);
    home.estate.around = {};
    home.estate.isKilled = false;
    expect(died).toMatchObject([{ ref: REF }]);
    expect((await home.row()).phase).toBe("withdrawing");
    home.clock.advance(30_000);
    expect(await look(home)).toMatchObject([{ ref: REF, isStillFrozen: false }]);
    expect(await home.row()).toMatchObject({
      phase: "producers-moved",
      hold: { kind: "roll-back-withdrawn", reason: expect.stringMatching(/deadline/) },
    });
    expect(home.estate.positions.get("api")).toBe("target");
  });

  it("says that a wave is still frozen whose clusters do not answer, and lifts it when they do", async () => {
    const home = await frozenHome();
    home.clock.advance(70_000);
    home.estate.around = {
      before: async ({ name }) => {
        if (name === "source.rights.remove") throw new Error("source does not answer");
      },
    };
    home.estate.source.acls = [
      ...home.estate.source.acls,
      {
        resourceType: "TOPIC",
        resourceName: "payments",
        pattern: "LITERAL",
        principal: "User:*",
        host: "*",
        operation: "WRITE",
        permission: "DENY",
      },
    ];
    expect(await look(home)).toMatchObject([{ isStillFrozen: true, outcome: "source does not answer" }]);
    home.estate.around = {};
    home.clock.advance(5_000);
    expect(await look(home)).toMatchObject([{ isStillFrozen: false }]);
    expect(home.estate.fence()).toEqual([]);
  });
});
