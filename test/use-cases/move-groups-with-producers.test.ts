import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { partitionKey } from "#core/kafka/topic-partition.ts";
import { cutOver } from "#use-cases/cut-over.ts";
import { loadedCommits, readProgress } from "#use-cases/group-progress.ts";
import { orderRollBack } from "#use-cases/order-roll-back.ts";
import { isRefused } from "#use-cases/refused.ts";
import { retryWave } from "#use-cases/retry-wave.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import { waveWithBoth } from "../in-memory/migration.ts";

const GROUP = "payments-settler";
const INPUT = partitionKey({ topic: "payments", partition: 0 });

const start = (): Promise<Home> => startHome({ waves: [waveWithBoth("payments")] });

/** A wave whose gates before the freeze have passed; nobody has begun it. */
async function readyToFreeze(): Promise<Home> {
  const home = await start();
  await home.reach("cutover-ready");
  await readyAgain(home);
  return home;
}
async function readyAgain(home: Home): Promise<void> {
  await home.settle((row) => row.gate?.step === "freeze", { approves: false });
  for (let ticks = 0; ticks < 4; ticks++) {
    await home.clock.sleep(500);
    await home.tick();
  }
  await home.passGates("freeze");
}
const invoke = async (home: Home) =>
  cutOver(home.deps, { ...(await home.run()), invocationEndsAt: home.invocationEndsAt() });
const progressOf = (home: Home) => readProgress(home.store.items, REF, GROUP, 1);
const onTarget = (home: Home) => home.estate.target.group(GROUP).commits;

const written = ({ estate }: Home, topic: string): readonly string[] =>
  estate.acknowledged.flatMap((one) => (one.topic === topic ? [one.record] : [])).sort();

/** Each record processed once, and one written for each. */
function expectOnce(home: Home): void {
  for (let beats = 0; beats < 3; beats++) home.estate.beat();
  const payments = written(home, "payments");
  expect([...(home.estate.processed.get(GROUP) ?? [])].sort()).toEqual(payments);
  expect(written(home, "payments-settled")).toEqual(payments.map((record) => `settler of ${record}`));
}

/** It freezes, commits the group's offsets on the target, and thaws for want of the reverse mirror. */
async function thawedAfterCommit(home: Home): Promise<void> {
  home.estate.around = {
    before: ({ name }) => {
      if (name === "replicator.startFrom") throw new OperatorFault("the reverse workers are away");
    },
  };
  expect(await invoke(home)).toMatchObject({ because: "thawed" });
  home.estate.around = {};
}

describe("a client that reads and writes", () => {
  it("is left alone while consumers move, and stands still from the brake until its offsets are on the target", async () => {
    const home = await readyToFreeze();
    expect(home.estate.positions.get("settler")).toBe("source");
    expect(home.estate.target.groups.has(GROUP)).toBe(false);
    const before = home.estate.calls.length;
    expect(await invoke(home)).toEqual({ outcome: "completed" });
    const order = home.estate.calls
      .slice(before)
      .filter(({ name }) => /\.(stop|start|resume|add|commit)$/.test(name))
      .map(({ name, args: [first, side] }) =>
        typeof first === "object" && first !== null && "name" in first
          ? `${name} ${String(first.name)}${side === undefined ? "" : ` ${String(side)}`}`
          : `${name} ${typeof first === "string" ? first : ""}`.trim(),
      );
    expect(order).toEqual([
      "clientSwitch.stop api",
      "clientSwitch.stop settler",
      "source.rights.add",
      "replicator.stop forward",
      `target.groups.commit ${GROUP}`,
      "source.rights.add",
      "replicator.resume reverse",
      "target.rights.add",
      "clientSwitch.start api target",
      "clientSwitch.start settler target",
    ]);
    expect(await progressOf(home)).toMatchObject({
      stoppedAt: expect.any(Number),
      movedAt: expect.any(Number),
      isBack: false,
    });
    const drained = (await home.store.journal(REF)).find((entry) => entry.event === "DrainProved");
    expect(drained?.details["groups"]).toEqual([
      expect.objectContaining({
        group: GROUP,
        partitions: [expect.objectContaining({ kind: "exact" }), expect.objectContaining({ kind: "exact" })],
      }),
    ]);
    expect(await home.events()).toContain("GroupMoved");
  });

  it("is seen consuming on the target though a look or two meets a transaction of its own", async () => {
    const home = await readyToFreeze();
    let looks = 0;
    home.estate.around = {
      before: async ({ name, args }) => {
        if (name !== "target.groups.committed" || args[0] !== GROUP) return;
        if (home.estate.positions.get("settler") !== "target" || ++looks > 2) return;
        throw new RetryableFault("a transactional commit is pending");
      },
    };
    expect(await invoke(home)).toEqual({ outcome: "completed" });
    expect(looks).toBeGreaterThan(2);
    expectOnce(home);
  });

  it("is no matter of the keep-up gate, and one of the observation", async () => {
    const home = await start();
    await home.reach("producers-moved");
    await home.tick();
    const checks = async (gate: string) =>
      (await home.store.items.list(REF, "EVIDENCE")).map(({ name }) => name).filter((name) => name.includes(gate));
    expect((await checks("keep-up")).join()).not.toContain(GROUP);
    expect((await checks("keep-up")).join()).toContain("payments-ledger");
    expect((await checks("observation")).join()).toContain(`lag:${GROUP}`);
    expect((await checks("observation")).join()).toContain(`left-behind:${GROUP}`);
  });

  it("that ignores its brake thaws the freeze: no fence met it, its group and its switch are named", async () => {
    const home = await readyToFreeze();
    home.estate.deaf.add("settler");
    // Nothing to read: it writes nothing either, and only its group shows that it is still there.
    const before = home.estate.calls.length;
    expect(await invoke(home)).toMatchObject({ because: "thawed" });
    expect(home.estate.calls.slice(before).map((call) => call.name)).not.toContain("source.rights.add");
    const { hold } = await home.row();
    expect(hold?.reason).toContain(`group ${GROUP} has not stopped`);
    expect(hold?.reason).toContain("parameter /payments-settler/kafka/cluster");
    expect(hold?.reason).toContain("its members are still settler at 10.0.0.7");
    expect(home.estate.positions.get("api")).toBe("source");
  });

  it("goes on on the source after a thaw, and the next freeze writes over what it was given on the target", async () => {
    const home = await readyToFreeze();
    await thawedAfterCommit(home);
    expect(home.estate.positions.get("settler")).toBe("source");
    expect(await progressOf(home)).toMatchObject({ isBack: true });
    const first = new Map(onTarget(home));
    for (let beats = 0; beats < 4; beats++) home.estate.beat();
    await home.resume();
    await readyAgain(home);
    expect(await invoke(home)).toEqual({ outcome: "completed" });
    const target = loadedCommits<"target">((await progressOf(home)).target ?? {});
    expect([...target].every(([key, commit]) => commit.offset > (first.get(key)?.offset ?? 0n))).toBe(true);
  });

  it("is not told to stop before it has joined again: it would join when it was already seen stopped", async () => {
    const home = await readyToFreeze();
    await thawedAfterCommit(home);
    await home.resume();
    await readyAgain(home);
    const { members } = home.estate.source.group(GROUP);
    const stoppedBefore: number[] = [];
    let looks = 0;
    home.estate.around = {
      before: ({ name }) => {
        // It takes a few looks to start.
        if (name === "source.groups.describe" && ++looks < 4) members.clear();
        if (name === "clientSwitch.stop") stoppedBefore.push(looks);
      },
    };
    expect(await invoke(home)).toEqual({ outcome: "completed" });
    expect(stoppedBefore).toEqual([4, 4]);
    expectOnce(home);
  });

  it("that never joins is frozen by nobody, and named with the cure; one that was paused by hand is", async () => {
    const home = await readyToFreeze();
    const { members } = home.estate.source.group(GROUP);
    home.estate.around = { before: () => members.clear() };
    const before = home.estate.calls.length;
    expect(await invoke(home)).toMatchObject({ outcome: "held" });
    expect(home.estate.calls.slice(before).map((call) => call.name)).not.toContain("clientSwitch.stop");
    expect((await home.row()).hold).toMatchObject({
      kind: "freeze-not-begun",
      reason: `group ${GROUP} has no member on the source, though client settler is told by parameter /payments-settler/kafka/cluster to be there: it could join in the midst of the freeze; start it, or set the parameter to paused`,
    });
    home.estate.positions.set("settler", "paused");
    await home.resume();
    await readyAgain(home);
    expect(await invoke(home)).toEqual({ outcome: "completed" });
  });

  it("is known on the target by what it was given there, also when what was to follow never came", async () => {
    const home = await readyToFreeze();
    await thawedAfterCommit(home);
    for (let thaws = 0; thaws < 2; thaws++) {
      for (let beats = 0; beats < 4; beats++) home.estate.beat();
      await home.resume();
      await readyAgain(home);
      home.estate.around = {
        before: ({ name }) => {
          if (name === "target.groups.commit") throw new OperatorFault("the target refuses the commit");
        },
      };
      expect(await invoke(home)).toMatchObject({ because: "thawed" });
      expect((await home.row()).hold?.reason).toContain("refuses the commit");
      home.estate.around = {};
    }
    await home.resume();
    await readyAgain(home);
    expect(await invoke(home)).toEqual({ outcome: "completed" });
  });

  it("thaws where its group holds somebody else's offsets on the target", async () => {
    const home = await readyToFreeze();
    onTarget(home).set(INPUT, { offset: offsetOn<"target">(0n), metadata: "" });
    expect(await invoke(home)).toMatchObject({ because: "thawed" });
    expect((await home.row()).hold?.reason).toMatch(/has offsets on the target that this wave did not commit/);
    expect(onTarget(home).get(INPUT)?.offset).toBe(0n);
  });

  it("thaws where its group comes back on the source between the freeze and the drain", async () => {
    const home = await readyToFreeze();
    home.estate.around = {
      before: ({ name }) => {
        if (name === "replicator.stop") home.estate.source.group(GROUP).members.add("another");
      },
    };
    expect(await invoke(home)).toMatchObject({ because: "thawed" });
    expect((await home.row()).hold?.reason).toMatch(/came back on the source after it was seen stopped \(another/);
  });

  it("goes forward, held, where it has consumed on the target and nobody has written: the source would hand it out again", async () => {
    const home = await readyToFreeze();
    home.estate.around = {
      after: ({ name }) => {
        // Neither has a network path to the target for what they write.
        if (name !== "target.groups.commit") return;
        home.estate.deaf.add("api");
        home.estate.deaf.add("settler");
      },
      before: ({ name, args: [, side] }) => {
        if (name !== "clientSwitch.start" || side !== "target") return;
        const commits = onTarget(home);
        for (const [key, { offset }] of commits)
          commits.set(key, { offset: offsetOn<"target">(offset + 1n), metadata: "" });
      },
    };
    expect(await invoke(home)).toMatchObject({ outcome: "held" });
    const row = await home.row();
    expect(row.phase).toBe("moving-producers");
    expect(row.hold?.reason).toContain(`group ${GROUP} has consumed there`);
    expect(row.hold?.reason).toContain("so it goes forward");
  });

  it.each(["consumers-moved", "cutover-ready", "producers-moved"] as const)(
    "goes back with the producers in a roll-back from %s, and a retry is sealed, with nothing lost or repeated",
    async (phase) => {
      const home = await start();
      await home.reach(phase);
      for (let beats = 0; beats < 5; beats++) home.estate.beat();
      const order = { ref: REF, by: "olga", reason: "wrong", invocationEndsAt: home.invocationEndsAt() };
      expect(await orderRollBack(home.deps, { ...order, cause: "person" })).toMatchObject({ outcome: "ordered" });
      const row = await home.settle(
        (now) => now.phase === "rolled-back" || (now.hold !== undefined && now.phase !== "thawing"),
      );
      expect(row).toMatchObject({ phase: "rolled-back" });
      expect([...home.estate.positions.values()]).toEqual(["source", "source", "source"]);
      expectOnce(home);
      const retried = await retryWave(home.deps, REF, "olga");
      if (isRefused(retried)) throw new Error(retried.because);
      expect(await home.settle((now) => now.phase === "sealed" || now.hold !== undefined)).toMatchObject({
        phase: "sealed",
        attempt: 2,
      });
      expectOnce(home);
      home.estate.positions.set("api", "paused");
      home.estate.beat();
      expect([...home.estate.recordsOn("target", "payments-settled")].sort()).toEqual(
        written(home, "payments-settled"),
      );
    },
  );

  it("is rehearsed before the freeze: what would not translate holds the wave while nobody stands still", async () => {
    const home = await start();
    await home.reach("consumers-moved");
    onTarget(home).set(INPUT, { offset: offsetOn<"target">(0n), metadata: "" });
    const row = await home.settle(({ hold }) => hold !== undefined);
    expect(row).toMatchObject({ phase: "preparing-cutover" });
    expect(row.hold?.reason).toContain(`group ${GROUP}, which moves with the producers, would not translate`);
  });
});
