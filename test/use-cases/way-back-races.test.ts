/** Who wins where two want something else of one wave, and what a person is told; holds, and deadlines on the way back. */
import { describe, expect, it } from "vitest";
import type { Phase } from "#core/wave/lifecycle.ts";
import { approveGate } from "#use-cases/approve-gate.ts";
import { holdWave } from "#use-cases/hold-wave.ts";
import { orderAbort } from "#use-cases/order-abort.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";
import { resumeWave } from "#use-cases/resume-wave.ts";
import { retryWave } from "#use-cases/retry-wave.ts";
import { startWave } from "#use-cases/start-wave.ts";
import { type Home, REF } from "../in-memory/home.ts";
import {
  CONSUMERS,
  expectOnceOnTarget,
  expectOnSource,
  expectOnTarget,
  expectProcessedOnce,
  isHeldOr,
  order,
  PRODUCERS,
  retry,
  SCENARIOS,
  startTwoOfEach,
} from "../in-memory/way-back.ts";

type Answer = { readonly already?: string } | Refused;
/** What the loser of a race is told; empty for the winner. */
const told = (answer: Answer): string => (isRefused(answer) ? answer.because : (answer.already ?? ""));
const abort = (home: Home, person = "olga"): Promise<Answer> =>
  orderAbort(home.deps, REF, { person, reason: "not today", deletesTargetTopics: false });
const begin = async (phase: Phase): Promise<Home> => {
  const home = await startTwoOfEach();
  await home.reach(phase);
  for (let beats = 0; beats < 3; beats++) home.estate.beat();
  return home;
};
/** Until its seal's gate is open and measured to pass; nobody approves. */
const sealable = async (): Promise<Home> => {
  const home = await begin("producers-moved");
  for (let turns = 0; turns < 20; turns++) {
    await home.engine.drive();
    await home.tick();
    await home.clock.sleep(500);
    const gates = await readGates(home.deps, REF);
    if (!isRefused(gates) && gates.some((one) => one.gate === "seal" && one.isOpen && one.evidenceHash !== undefined))
      return home;
  }
  throw new Error("the seal's gate does not open");
};
const approveSeal = async (home: Home, person: string): Promise<Answer> => {
  const gates = await readGates(home.deps, REF);
  if (isRefused(gates)) return gates;
  const evidence = gates.find(({ gate }) => gate === "seal")?.evidenceHash ?? "none";
  const answer = await approveGate(home.deps, REF, { gate: "seal", person, evidence });
  return isRefused(answer) ? answer : {};
};

describe("two who race", () => {
  it("roll-back and seal: the roll-back one moment before the seal is claimed wins", async () => {
    const home = await sealable();
    for (let turns = 0; turns < 20 && (await home.row()).gate?.passedAt === undefined; turns++) {
      for (const person of ["sara", "tom"]) await approveSeal(home, person);
      await home.clock.sleep(500);
      await home.tick();
    }
    expect((await home.row()).gate?.passedAt).toBeDefined();
    expect(await order(home)).toMatchObject({ outcome: "ordered" });
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectOnSource(home);
    expectProcessedOnce(home);
    expect(await home.events()).not.toContain("WaveSealed");
  });

  it("roll-back and seal: once it is claimed the roll-back is told who approved, and nothing is brought back", async () => {
    const home = await sealable();
    for (const person of ["sara", "tom"]) await approveSeal(home, person);
    let met: Awaited<ReturnType<typeof order>> | undefined;
    home.estate.around = {
      before: async (call) => {
        if (call.name === "replicator.remove" && met === undefined) met = await order(home);
      },
    };
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed" });
    for (const answer of [met, await order(home)])
      expect(answer).toMatchObject({
        outcome: "refused",
        because: expect.stringMatching(/approved by sara and tom: it is past the point of no return/),
        cure: expect.any(String),
      });
    for (const client of [...PRODUCERS, ...CONSUMERS]) expect(home.estate.positions.get(client)).toBe("target");
    expectProcessedOnce(home);
  });

  it("roll-back and approval: whoever approves afterwards is told who ordered the wave back", async () => {
    const home = await sealable();
    expect(told(await approveSeal(home, "sara"))).toBe("");
    const [ordered, approved] = await Promise.all([order(home), approveSeal(home, "tom")]);
    expect(ordered.outcome).toBe("ordered");
    // Given before or after: it counts for nothing any more.
    if (told(approved) !== "") expect(told(approved)).toMatch(/seal|rolling-back/);
    expect(told(await approveSeal(home, "tom"))).toBe(
      "gate seal is not open; wave payments is rolling-back: a roll-back was ordered by olga: the ledger is wrong",
    );
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expect((await home.row()).approvals.filter((one) => one.gate === "seal")).toEqual([]);
    expect(told(await approveSeal(home, "tom"))).not.toBe("");
  });

  it("two roll-backs are one, and the second is told who ordered it and why", async () => {
    const home = await begin("producers-moved");
    const [one, two] = await Promise.all([order(home, "olga"), order(home, "carl")]);
    const [first, second] = one.outcome === "ordered" ? [one, two] : [two, one];
    expect(first.outcome).toBe("ordered");
    expect(second).toMatchObject({
      outcome: "already",
      because: expect.stringMatching(/ordered by (olga|carl): the ledger is wrong/),
    });
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expect((await home.events()).filter((event) => event === "RollBackOrdered")).toHaveLength(1);
    expect(await order(home)).toMatchObject({ outcome: "already", because: "wave payments is rolled back" });
  });

  it("abort and start: the wave ends aborted whichever comes first, and the other is told", async () => {
    for (const order of [
      [startWave, abort],
      [abort, startWave],
    ]) {
      const home = await startTwoOfEach();
      const run = (what: unknown): Promise<Answer> =>
        what === abort ? abort(home, "olga") : startWave(home.deps, REF, "olga");
      const answers = await Promise.all(order.map(run));
      expect(await home.settle(isHeldOr("aborted"))).toMatchObject({ phase: "aborted" });
      for (const told of answers.map((answer) => (isRefused(answer) ? answer.because : "")))
        if (told !== "") expect(told).toMatch(/abort.*by olga/);
      expect(told(await startWave(home.deps, REF, "olga"))).toMatch(/wave payments is aborted, by olga/);
      expect(told(await abort(home))).toMatch(/olga aborted it/);
    }
  });

  it("two aborts are one", async () => {
    const home = await begin("replicating");
    const answers = (await Promise.all([abort(home), abort(home)])).map(told);
    expect(answers.filter((one) => one === "")).toHaveLength(1);
    expect(answers.filter((one) => one !== "")).toEqual([expect.stringMatching(/aborting; olga aborted it/)]);
  });

  it("two retries are one attempt, and the second is told who began it", async () => {
    const home = await begin("consumers-moved");
    await order(home);
    await home.settle(isHeldOr("rolled-back"));
    const answers = (await Promise.all(["olga", "olga"].map((p) => retryWave(home.deps, REF, p)))).map(told);
    expect(answers.filter((one) => one === "")).toHaveLength(1);
    expect(answers.filter((one) => one !== "")).toEqual([
      expect.stringMatching(/attempt 2 of wave payments was started by olga; it is planned/),
    ]);
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ attempt: 2 });
  });

  it.each(["planned", "replicating"] as const)(
    "roll-back in %s: told that abort is the way, as long as no client has moved",
    async (phase) => {
      const home = phase === "planned" ? await startTwoOfEach() : await begin(phase);
      expect(await order(home)).toMatchObject({
        outcome: "refused",
        because: expect.stringMatching(/no client has moved/),
        cure: expect.stringMatching(/abort/),
      });
    },
  );

  it.each(["consumers-moved", "cutover-ready", "producers-moved"] as const)(
    "abort in %s: told that roll-back is the way, once clients have moved",
    async (phase) => {
      const home = await begin(phase);
      expect(told(await abort(home))).toMatch(/no client has moved/);
    },
  );
});

describe("a roll-back's deadline", () => {
  it.each(SCENARIOS.filter(({ name }) => /one group of two|^consumers-moved|^producers-moved/.test(name)))(
    "from $name: with a client that does not stop it is withdrawn, and ordered again it ends",
    async ({ begin: ordered, withdrawnTo }) => {
      const home = await startTwoOfEach({ rollBackDeadlineSeconds: 8, groupStopSeconds: 60 });
      await ordered(home);
      home.estate.deaf.add("ledger");
      const deadline = (await home.row()).rollBack?.deadlineAt ?? 0;
      const row = await home.settle(isHeldOr("rolled-back"));
      expect(row).toMatchObject({
        phase: withdrawnTo,
        hold: {
          by: "sluice",
          reason: expect.stringContaining("deadline"),
          cure: expect.stringContaining("roll-back again"),
        },
      });
      expect(home.clock.now()).toBeLessThan(deadline + 20_000);
      expectOnTarget(home, withdrawnTo);
      home.estate.deaf.clear();
      expect(await order(home)).toMatchObject({ outcome: "ordered" });
      expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
      expectOnSource(home);
      expectProcessedOnce(home);
    },
  );

  it("passed while its handler and execution are lost: the tick withdraws it", async () => {
    const home = await begin("producers-moved");
    await order(home);
    home.engine.lose(await home.run());
    home.clock.advance(121_000);
    await home.tick();
    expect(await home.row()).toMatchObject({
      phase: "producers-moved",
      hold: { kind: "roll-back-withdrawn", reason: expect.stringContaining("deadline") },
    });
    expectOnTarget(home, "producers-moved");
  });

  it("withdrawn, the wave can stay: resumed it is sealed", async () => {
    const home = await begin("producers-moved");
    await order(home);
    home.clock.advance(121_000);
    await home.tick();
    await home.resume();
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 1 });
    expectProcessedOnce(home);
    expectOnceOnTarget(home);
  });
});

describe("a hold", () => {
  const waits = ["planned", "replicating", "consumers-moved", "cutover-ready", "producers-moved"] as const;
  it.each(waits)("in %s stops advancing; resumed it goes on, and can still go back", async (phase) => {
    const home = phase === "planned" ? await startTwoOfEach() : await begin(phase);
    if (phase === "planned") await home.start();
    expect(told(await holdWave(home.deps, REF, "olga", "lunch"))).toBe("");
    for (let turns = 0; turns < 4; turns++) {
      await home.engine.drive();
      await home.tick();
      await home.approve();
      await home.clock.sleep(1_000);
    }
    expect(await home.row()).toMatchObject({ phase, hold: { by: "olga", reason: "lunch" } });
    await home.resume();
    const next = await home.settle((row) => row.phase !== phase);
    expect(next.hold).toBeUndefined();
  });

  it.each(["consumers-moved", "producers-moved"] as const)("in %s does not keep a roll-back", async (phase) => {
    const home = await begin(phase);
    await holdWave(home.deps, REF, "olga", "lunch");
    expect(await order(home)).toMatchObject({ outcome: "ordered" });
    expect(await home.settle((row) => row.phase === "rolled-back")).toMatchObject({ phase: "rolled-back" });
    expectOnSource(home);
    expectProcessedOnce(home);
  });

  it("is refused at every call of the way back, and so is resume, and neither changes anything", async () => {
    const home = await begin("producers-moved");
    await order(home);
    const phases = new Set<Phase>();
    home.estate.around = {
      before: async () => {
        const { phase, version } = await home.row();
        phases.add(phase);
        expect(told(await holdWave(home.deps, REF, "olga", "lunch"))).toMatch(/clients stand still/);
        expect(told(await resumeWave(home.deps, REF, "olga"))).toMatch(/is not held/);
        expect((await home.row()).version).toBe(version);
      },
    };
    expect(await home.settle((row) => row.phase === "rolled-back")).toMatchObject({ phase: "rolled-back" });
    expect(phases).toEqual(new Set(["rolling-back", "returning"]));
    expectOnSource(home);
    await retry(home);
    expect(await home.settle(isHeldOr("preparing"))).toMatchObject({ attempt: 2 });
  });
});
