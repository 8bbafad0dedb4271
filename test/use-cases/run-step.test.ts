import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { takeUp } from "#use-cases/close-gates.ts";
import { runStep, StepLeased } from "#use-cases/run-step.ts";
import { startWave } from "#use-cases/start-wave.ts";
import type { StepContext } from "#use-cases/step-context.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";

/** A started wave, and its first step with an act of the test's own. */
async function started() {
  const home = await startHome();
  await startWave(home.deps, REF, "olga");
  await home.passGates("start");
  const step = async (act: (context: StepContext) => Promise<Readonly<Record<string, unknown>>>) =>
    runStep(home.deps, { ...(await home.run()), step: "start", invocationEndsAt: home.invocationEndsAt() }, act);
  return { home, step };
}
const claimIn = async (home: Home) => (await home.row()).claim;

describe("a step", () => {
  it("that completes moves the wave on and journals what its act answered", async () => {
    const { home, step } = await started();
    expect(await step(async () => ({ topics: 3 }))).toEqual({ outcome: "completed" });
    expect((await home.row()).phase).toBe("replicating");
    const [, , claimed, completed] = await home.store.journal(REF);
    expect(claimed).toMatchObject({ event: "StepClaimed", details: { step: "start" } });
    expect(completed).toMatchObject({ event: "ReplicationStarted", details: { topics: 3 }, run: 1 });
  });

  it("whose time is over yields, and its next invocation counts the same wait on until the bound", async () => {
    const { home, step } = await started();
    const waits = (context: StepContext) =>
      context.waitFor<Readonly<Record<string, unknown>>>(
        "the worker",
        60,
        async () => undefined,
        () => new OperatorFault("the worker never came"),
      );
    expect(await step(waits)).toEqual({
      outcome: "yielded",
      because: "the handler's time is over while it waits for the worker",
    });
    expect(await home.row()).toMatchObject({ phase: "preparing", claim: { waiting: { for: "the worker" } } });
    expect(await step(waits)).toEqual({ outcome: "held", because: "the worker never came" });
    expect(await home.row()).toMatchObject({
      phase: "preparing",
      hold: { kind: "step-stopped", by: "sluice", reason: "the worker never came" },
    });
  });

  it("that meets what a person must change is held where it is, with the lease given back", async () => {
    const { home, step } = await started();
    const outcome = await step(async () => {
      throw new OperatorFault("topic payments is missing: create it");
    });
    expect(outcome).toEqual({ outcome: "held", because: "topic payments is missing: create it" });
    expect(await home.row()).toMatchObject({
      phase: "preparing",
      hold: {
        kind: "step-stopped",
        reason: "topic payments is missing: create it",
        cure: expect.stringContaining("resume"),
      },
      claim: { leaseUntil: home.clock.now() },
    });
    await home.resume();
    expect(await step(async () => ({}))).toEqual({ outcome: "completed" });
  });

  it("that meets what passes by itself throws it on, with the lease given back, and is not held", async () => {
    const { home, step } = await started();
    const failing = step(async () => {
      throw new RetryableFault("broker 1 is away");
    });
    await expect(failing).rejects.toThrow("broker 1 is away");
    expect((await home.row()).hold).toBeUndefined();
    expect(await claimIn(home)).toMatchObject({ leaseUntil: home.clock.now() });
    expect(await step(async () => ({}))).toEqual({ outcome: "completed" });
  });

  it("that another has the lease of is told to come again, and acts on nothing", async () => {
    const { step } = await started();
    const acted: string[] = [];
    await step(async () => {
      const other = step(async () => {
        acted.push("other");
        return {};
      });
      await expect(other).rejects.toBeInstanceOf(StepLeased);
      return {};
    });
    expect(acted).toEqual([]);
  });

  it("whose wave was taken up meanwhile stops at its next look, writes nothing more, and compensates nothing", async () => {
    const { home, step } = await started();
    const acted: string[] = [];
    const outcome = await step(async (context) => {
      await context.stillMine();
      acted.push("first effect");
      await takeUp(home.deps, await home.row(), "its execution is not running");
      await expect(context.note("Anything", {})).rejects.toThrow("no longer stands");
      await context.stillMine();
      acted.push("second effect");
      return {};
    });
    expect(outcome).toMatchObject({ outcome: "superseded" });
    expect(acted).toEqual(["first effect"]);
    expect(await home.row()).toMatchObject({ phase: "preparing", run: 2 });
    expect((await home.events()).at(-1)).toBe("RunRaised");
  });

  it("that ends after its wave was taken up completes nothing", async () => {
    const { home, step } = await started();
    const outcome = await step(async () => {
      await takeUp(home.deps, await home.row(), "lost");
      return {};
    });
    expect(outcome).toMatchObject({ outcome: "superseded" });
    expect((await home.row()).phase).toBe("preparing");
  });

  it("of a wave that does not exist is a fault that says where to look", async () => {
    const { home } = await started();
    const nowhere = {
      migration: "shop",
      wave: "nothing",
      attempt: 1,
      run: 1,
      invocationEndsAt: home.invocationEndsAt(),
    };
    await expect(runStep(home.deps, { ...nowhere, step: "start" }, async () => ({}))).rejects.toThrow(
      "no wave nothing",
    );
  });
});
