/** Giving up and beginning anew, in memory: aborts with a failure at each effect, and retries with a pin and without. */
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import { orderAbort } from "#use-cases/order-abort.ts";
import { isRefused } from "#use-cases/refused.ts";
import { type Home, REF } from "../in-memory/home.ts";
import {
  expectOnceOnTarget,
  expectOnSource,
  expectProcessedOnce,
  isEffect,
  isHeldOr,
  meetAt,
  order,
  retry,
  startTwoOfEach,
} from "../in-memory/way-back.ts";

async function abort(home: Home, deletesTargetTopics = false): Promise<void> {
  const aborted = await orderAbort(home.deps, REF, { person: "olga", reason: "not today", deletesTargetTopics });
  if (isRefused(aborted)) throw new Error(aborted.because);
}

/** Aborted while the wave prepares: its handler meets this call, and is gone. */
async function abortAt(home: Home, name: string, deletesTargetTopics: boolean): Promise<void> {
  home.estate.around = {
    after: async (call) => {
      if (call.name !== name || (await home.row()).phase !== "preparing") return;
      home.estate.around = {};
      await turn();
      await abort(home, deletesTargetTopics);
      home.estate.isKilled = true;
    },
  };
  for (let beats = 0; beats < 4; beats++) home.estate.beat();
  await home.start();
  await home.settle((row) => row.phase === "aborting");
}

const abortIn = (phase: Phase) => async (home: Home, deletesTargetTopics: boolean) => {
  await home.reach(phase);
  for (let beats = 0; beats < 3; beats++) home.estate.beat();
  await abort(home, deletesTargetTopics);
};

type Scenario = { readonly name: string; readonly begin: (home: Home, deletesTargetTopics: boolean) => Promise<void> };
const SCENARIOS: readonly Scenario[] = [
  {
    name: "planned",
    begin: async (home, deletesTargetTopics) => {
      for (let beats = 0; beats < 4; beats++) home.estate.beat();
      await home.start();
      await abort(home, deletesTargetTopics);
    },
  },
  {
    name: "preparing, topics just created",
    begin: (home, deletes) => abortAt(home, "target.topics.create", deletes),
  },
  {
    name: "preparing, mirror just created",
    begin: (home, deletes) => abortAt(home, "replicator.ensure", deletes),
  },
  { name: "replicating", begin: abortIn("replicating") },
];

type Known = Scenario & { readonly call: string; readonly index: number };
async function effectsOf(scenario: Scenario): Promise<Known[]> {
  const home = await startTwoOfEach();
  await scenario.begin(home, true);
  const effects: Known[] = [];
  home.estate.around = {
    before: (call) => {
      if (isEffect(call)) effects.push({ ...scenario, call: call.name, index: effects.length });
    },
  };
  expect(await home.settle(isHeldOr("aborted"))).toMatchObject({ phase: "aborted" });
  return effects;
}
const effects = (await Promise.all(SCENARIOS.map(effectsOf))).flat();

/** Another attempt, sealed: each record once on the target and by each group. */
async function sealAnother(home: Home, attempt = 2): Promise<void> {
  await retry(home);
  expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt });
  expectProcessedOnce(home);
  expectOnceOnTarget(home);
}

describe("an abort", () => {
  const both = SCENARIOS.flatMap((scenario) => [true, false].map((deletes) => ({ ...scenario, deletes })));
  it.each(both)("from $name (target topics deleted: $deletes) leaves nothing, and a retry is sealed", async (known) => {
    const home = await startTwoOfEach();
    await known.begin(home, known.deletes);
    expect(await home.settle(isHeldOr("aborted"))).toMatchObject({ phase: "aborted" });
    expectOnSource(home);
    // A topic whose creation the handler could not say any more stays, empty: it may be anybody's.
    if (known.deletes)
      expect([...home.estate.target.topics.keys()].flatMap((name) => home.estate.recordsOn("target", name))).toEqual(
        [],
      );
    if (known.deletes && known.name === "replicating") expect(home.estate.target.topics.size).toBe(0);
    expectProcessedOnce(home);
    await sealAnother(home);
    if (known.name === "replicating")
      expect(await home.events()).toContain(known.deletes ? "TargetTopicsRenewed" : "PinUsed");
  });

  it.each(effects)("from $name: its process is killed right after $call ($index)", async ({ begin, index }) => {
    const home = await startTwoOfEach();
    await begin(home, true);
    meetAt(home, index, "after", () => {
      home.estate.isKilled = true;
    });
    expect(await home.settle(isHeldOr("aborted"))).toMatchObject({ phase: "aborted" });
    expectOnSource(home);
    await sealAnother(home);
  });

  it.each(effects)("from $name: the answer of $call is lost ($index)", async ({ begin, index }) => {
    const home = await startTwoOfEach();
    await begin(home, true);
    meetAt(home, index, "after", ({ name }) => {
      throw new RetryableFault(`${name}: no answer`);
    });
    expect(await home.settle(isHeldOr("aborted"))).toMatchObject({ phase: "aborted" });
    expectOnSource(home);
  });

  it.each(effects)("from $name: $call is refused, and it holds until resume ($index)", async ({ begin, index }) => {
    const home = await startTwoOfEach();
    await begin(home, true);
    meetAt(home, index, "before", ({ name }) => {
      throw new OperatorFault(`${name} is refused: grant it`);
    });
    const row = await home.settle(isHeldOr("aborted"));
    expect(row).toMatchObject({
      phase: "aborting",
      hold: { kind: "abort-stopped", reason: expect.stringContaining("grant it") },
    });
    await home.resume();
    expect(await home.settle(isHeldOr("aborted"))).toMatchObject({ phase: "aborted" });
    expectOnSource(home);
  });
});

const PARTITION = { topic: "payments", partition: 0 };

describe("a retry", () => {
  const rolledBack = async (phase: Phase): Promise<Home> => {
    const home = await startTwoOfEach();
    await home.reach(phase);
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    await order(home);
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    return home;
  };

  it("starts on fresh topics where the pin is missing", async () => {
    const home = await rolledBack("producers-moved");
    await home.store.items.remove(REF, "FACT", "pin");
    await sealAnother(home);
    expect(await home.events()).toContain("TargetTopicsRenewed");
  });

  it("starts on fresh topics where a record of somebody else came to the source after producers had moved", async () => {
    const home = await startTwoOfEach();
    await home.reach("producers-moved");
    home.estate.source.log("payments/0").append("stray", BigInt(home.clock.now()));
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    await order(home);
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectOnSource(home);
    // It is kept, behind where the groups go on: they had passed that place on the target.
    expect(home.estate.recordsOn("source", "payments")).toContain("stray");
    expectProcessedOnce(home);
    await retry(home);
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
    expect(await home.events()).toContain("TargetTopicsRenewed");
    expectProcessedOnce(home);
    home.estate.acknowledged.push({ record: "stray", side: "source", topic: "payments" });
    expectOnceOnTarget(home);
  });

  it("starts on fresh topics where a topic was created anew on the target", async () => {
    const home = await rolledBack("consumers-moved");
    const { target } = home.estate;
    target.createTopic(PARTITION.topic, 2);
    for (const group of target.groups.values()) group.commits.clear();
    await sealAnother(home);
    expect(await home.events()).toContain("TargetTopicsRenewed");
  });

  it("starts on fresh topics where retention has passed the pin on the source", async () => {
    const home = await rolledBack("producers-moved");
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    const log = home.estate.source.log("payments/0");
    log.deleteBefore(log.end);
    home.estate.positions.set("api", "paused");
    await retry(home);
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
    expectProcessedOnce(home);
    expect(await home.events()).toContain("TargetTopicsRenewed");
  });

  it("holds where somebody has written to the target since, and names the partition", async () => {
    const home = await rolledBack("consumers-moved");
    home.estate.target.log("payments/0").append("stray", BigInt(home.clock.now()));
    await retry(home);
    const row = await home.settle(isHeldOr("sealed"));
    expect(row).toMatchObject({ phase: "preparing", hold: { reason: expect.stringContaining("payments/0 from") } });
  });

  it("overwrites what the last attempt has left of a group on the target, and nothing of anybody else", async () => {
    const home = await rolledBack("consumers-moved");
    const { commits } = home.estate.target.group("payments-ledger");
    commits.set("payments/0", { offset: offsetOn<"target">(3n), metadata: "" });
    await retry(home);
    const settled = home.settle(isHeldOr("sealed"));
    await expect(settled).rejects.toThrow(
      /group payments-ledger has offsets on the target already \(payments\/0 at 3\)/,
    );
    commits.delete("payments/0");
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed" });
    expectProcessedOnce(home);
  });

  it("comes again: rolled back and retried twice, then sealed", async () => {
    const home = await rolledBack("producers-moved");
    await retry(home);
    expect(await home.settle(isHeldOr("producers-moved"))).toMatchObject({ phase: "producers-moved", attempt: 2 });
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    await order(home);
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectOnSource(home);
    expectProcessedOnce(home);
    await sealAnother(home, 3);
  });
});
