import { describe, expect, it } from "vitest";
import { approveGate } from "#use-cases/approve-gate.ts";
import { holdFailedStep } from "#use-cases/hold-failed-step.ts";
import { holdWave } from "#use-cases/hold-wave.ts";
import { orderThaw } from "#use-cases/order-thaw.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { resumeWave } from "#use-cases/resume-wave.ts";
import { startWave } from "#use-cases/start-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";

/** The gates before move-consumers are open, and measured to pass. */
async function waitingForCutover(): Promise<{ readonly home: Home; readonly evidence: string }> {
  const home = await startHome();
  await home.reach("replicating");
  for (let ticks = 0; ticks < 8; ticks++) {
    await home.engine.drive();
    await home.tick();
    await home.clock.sleep(500);
  }
  const gates = await readGates(home.deps, REF);
  if (isRefused(gates)) throw new Error(gates.because);
  const cutover = gates.find((gate) => gate.gate === "cutover");
  expect(gates.filter((gate) => gate.isOpen && gate.gate !== "cutover").map((gate) => gate.verdict)).toEqual([
    "pass",
    "pass",
  ]);
  return { home, evidence: cutover?.evidenceHash ?? "" };
}

it("all gates are shown from one look at the evidence and the file", async () => {
  const { home } = await waitingForCutover();
  const { store } = home.deps;
  const looks: string[] = [];
  const counted: typeof store = {
    ...store,
    migration: (name) => {
      looks.push("file");
      return store.migration(name);
    },
    items: {
      ...store.items,
      list: (ref, kind) => {
        looks.push(kind);
        return store.items.list(ref, kind);
      },
    },
  };
  expect(await readGates({ ...home.deps, store: counted }, REF)).toEqual(await readGates(home.deps, REF));
  expect(looks.toSorted()).toEqual(["EVIDENCE", "file"]);
});

describe("an approval", () => {
  it("of what the gate shows closes it at once, without waiting for a tick", async () => {
    const { home, evidence } = await waitingForCutover();
    const approved = await approveGate(home.deps, REF, { gate: "cutover", person: "carl", evidence });
    expect(approved).toMatchObject({ wave: { approvals: [{ person: "carl", gate: "cutover" }] } });
    expect((await home.row()).gate?.passedAt).toBe(home.clock.now());
    expect(home.engine.waiting()).toEqual([]);
  });

  it("given twice is one; the state is the answer", async () => {
    const { home, evidence } = await waitingForCutover();
    const carl = { gate: "cutover", person: "carl", evidence } as const;
    await approveGate(home.deps, REF, carl);
    expect(await approveGate(home.deps, REF, carl)).toMatchObject({
      already: expect.stringContaining("carl has approved"),
    });
    expect((await home.events()).filter((event) => event === "ApprovalGiven")).toHaveLength(1);
  });

  it("of other evidence than the gate shows is refused, with where to look", async () => {
    const { home } = await waitingForCutover();
    expect(await approveGate(home.deps, REF, { gate: "cutover", person: "carl", evidence: "old" })).toMatchObject({
      refused: true,
      kind: "conflict",
      because: expect.stringContaining("evidence old is not what gate cutover shows now"),
      cure: expect.stringContaining("GET …/gates"),
    });
    expect((await home.row()).approvals).toEqual([]);
  });

  it("by somebody without the role is refused, and names who could", async () => {
    const { home, evidence } = await waitingForCutover();
    expect(await approveGate(home.deps, REF, { gate: "cutover", person: "olga", evidence })).toMatchObject({
      kind: "missing-role",
      who: ["carl"],
    });
  });

  it("of a measured gate, or of a wave that does not exist, is refused", async () => {
    const { home, evidence } = await waitingForCutover();
    const measured = { gate: "replication", person: "carl", evidence } as const;
    expect(await approveGate(home.deps, REF, measured)).toMatchObject({
      kind: "conflict",
      because: expect.stringContaining("closes by measurement"),
    });
    const nowhere = { migration: "shop", wave: "nothing" };
    expect(await approveGate(home.deps, nowhere, { ...measured, gate: "cutover" })).toMatchObject({
      kind: "not-found",
    });
  });
});

describe("hold and resume", () => {
  it("a held wave passes no gate, and resume measures anew, asks again and frees the execution that waited", async () => {
    const { home, evidence } = await waitingForCutover();
    await holdWave(home.deps, REF, "olga", "lunch");
    expect(await approveGate(home.deps, REF, { gate: "cutover", person: "carl", evidence })).toMatchObject({
      refused: true,
    });
    expect(await home.store.items.list(REF, "EVIDENCE")).not.toEqual([]);
    const waiting = home.engine.waiting();
    expect(waiting).toHaveLength(1);
    await home.resume();
    expect(await home.store.items.list(REF, "EVIDENCE")).toEqual([]);
    expect(await home.store.items.list(REF, "WINDOW")).toEqual([]);
    expect(home.engine.waiting()).toEqual([]);
    await home.engine.drive();
    expect(await home.engine.isRunning({ ...REF, attempt: 1, run: 1 })).toBe(false);
    expect(await home.row()).toMatchObject({ run: 2, gate: { run: 2 }, approvals: [] });
  });

  it("what people approved before a hold lets nothing pass after it", async () => {
    const home = await startHome();
    await home.reach("producers-moved");
    for (let ticks = 0; ticks < 8; ticks++) {
      await home.engine.drive();
      await home.tick();
      await home.clock.sleep(500);
    }
    const evidence = async () => {
      const gates = await readGates(home.deps, REF);
      return isRefused(gates) ? "" : (gates.find((gate) => gate.gate === "seal")?.evidenceHash ?? "");
    };
    await approveGate(home.deps, REF, { gate: "seal", person: "sara", evidence: await evidence() });
    const before = await evidence();
    await holdWave(home.deps, REF, "olga", "lunch");
    await home.resume();
    const settled = home.settle((row) => row.phase === "sealed", { approves: false });
    await expect(settled).rejects.toThrow("waits for 2 different people");
    expect(await evidence()).toBe(before);
  });

  it("a hold during the freeze is refused, and names thaw", async () => {
    const home = await startHome();
    let answer: unknown;
    home.estate.around = {
      before: async ({ name }) => {
        if (name === "replicator.startFrom" && (await home.row()).phase === "moving-producers")
          answer = await holdWave(home.deps, REF, "olga", "stop");
      },
    };
    await home.reach("producers-moved");
    expect(answer).toMatchObject({ kind: "conflict", cure: expect.stringContaining("thaw") });
  });

  it("each command delivered twice has one effect, and the state as its answer", async () => {
    const home = await startHome();
    await startWave(home.deps, REF, "olga");
    expect(await startWave(home.deps, REF, "olga")).toMatchObject({ already: expect.any(String), wave: { run: 1 } });
    await holdWave(home.deps, REF, "olga", "lunch");
    expect(await holdWave(home.deps, REF, "olga", "lunch")).toMatchObject({
      already: expect.stringContaining("held by olga"),
    });
    await resumeWave(home.deps, REF, "olga");
    expect(await resumeWave(home.deps, REF, "olga")).toMatchObject({
      already: expect.stringContaining("not held"),
      wave: { run: 2 },
    });
    expect(await home.events()).toEqual(["WaveStarted", "WaveHeld", "WaveResumed"]);
  });

  it("a thaw where nothing is frozen is refused and says so", async () => {
    const home = await startHome();
    const order = { person: "olga", reason: "r", invocationEndsAt: home.invocationEndsAt() };
    expect(await orderThaw(home.deps, REF, order)).toMatchObject({
      kind: "conflict",
      because: expect.stringContaining("no freeze to lift"),
    });
    expect(await orderThaw(home.deps, REF, { ...order, person: "carl" })).toMatchObject({
      kind: "missing-role",
      who: ["olga"],
    });
  });

  it("a step that failed however often it was tried holds the wave with Lambda's own message, for its own run only", async () => {
    const home = await startHome();
    await home.reach("replicating");
    const failure = { error: "RetryableFault", cause: '{"errorMessage":"broker 1 is away"}' };
    await holdFailedStep(home.deps, { ...(await home.run()), run: 0, ...failure });
    expect((await home.row()).hold).toBeUndefined();
    await holdFailedStep(home.deps, { ...(await home.run()), ...failure });
    expect((await home.row()).hold?.reason).toBe("RetryableFault: broker 1 is away");
  });
});
