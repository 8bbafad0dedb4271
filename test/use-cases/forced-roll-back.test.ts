/** Going back without the target, in memory: what it is told to cost is what it costs, and a retry finds the target as it was left. */
import { describe, expect, it } from "vitest";
import { OperatorFault } from "#core/fault.ts";
import { offsetOn } from "#core/kafka/offset.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { Toll } from "#core/wave/way-back.ts";
import { commandRollBack } from "#use-cases/command-roll-back.ts";
import { isRefused } from "#use-cases/refused.ts";
import { waveAnswer } from "#use-cases/wave-answer.ts";
import { readFact } from "#use-cases/wave-facts.ts";
import { type Home, POLICY, REF, startHome } from "../in-memory/home.ts";
import { waveWithBoth } from "../in-memory/migration.ts";
import type { Call } from "../in-memory/observed.ts";
import {
  CONSUMERS,
  expectOnceOnTarget,
  expectOnSource,
  expectProcessedOnce,
  isEffect,
  isHeldOr,
  meetAt,
  order,
  PRODUCERS,
  retry,
  startTwoOfEach,
} from "../in-memory/way-back.ts";

const GROUPS = ["payments-ledger", "payments-audit"] as const;
const NOTHING = { "payments-ledger": 0, "payments-audit": 0 };

const begin = async (phase: Phase, policy: Readonly<Record<string, unknown>> = {}): Promise<Home> => {
  const home = await startTwoOfEach({ wayBackSampleSeconds: 1, ...policy });
  await home.reach(phase);
  for (let beats = 0; beats < 4; beats++) home.estate.beat();
  return home;
};
const ticks = async (home: Home, count = 3): Promise<void> => {
  for (let ticked = 0; ticked < count; ticked++) {
    // Time alone: what runs in the estate runs on by its own beats.
    home.clock.advance(1_500);
    await home.tick();
  }
};
const wayBack = async (home: Home) => (await waveAnswer(home.deps, await home.row())).wayBack;
const force = (home: Home, forced: Toll, person = "olga") =>
  commandRollBack(home.deps, REF, {
    person,
    reason: "the target burns",
    invocationEndsAt: home.invocationEndsAt(),
    forced,
  });
const refusal = async (home: Home, forced: Toll): Promise<string> => {
  const answer = await force(home, forced);
  if (!isRefused(answer)) throw new Error("it was not refused");
  return `${answer.because}; ${answer.cure}`;
};
const stopMirror = (home: Home): void => {
  const reverse = home.estate.connectors.get(connectorName(REF, 1, "reverse"));
  if (reverse === undefined) throw new Error("no reverse mirror");
  Object.assign(reverse, { isRunning: false, hasTasks: false });
};

/** n records that only the target has, of which the ledger has read all and the audit none; then it goes away, at rest. */
async function loseTarget(home: Home, beats = 3): Promise<number> {
  const { estate } = home;
  for (const name of PRODUCERS) estate.positions.set(name, "paused");
  estate.beat();
  await ticks(home);
  stopMirror(home);
  const before = estate.acknowledged.length;
  const positions = new Map(estate.positions);
  estate.positions.set("audit", "paused");
  for (const name of PRODUCERS) estate.positions.set(name, "target");
  for (let beat = 0; beat < beats; beat++) estate.beat();
  for (const name of PRODUCERS) estate.positions.set(name, "paused");
  for (const [name, position] of positions) estate.positions.set(name, position);
  await ticks(home);
  estate.target.isDown = true;
  for (const name of PRODUCERS) estate.positions.set(name, "target");
  await ticks(home);
  return estate.acknowledged.length - before;
}

const count = (all: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const one of all) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
};
/** What was really lost and repeated, from what producers were acknowledged and what groups have processed. */
function costOf({ estate }: Home): Toll {
  for (let beats = 0; beats < 3; beats++) estate.beat();
  const onSource = count(estate.recordsOn("source", "payments"));
  return {
    loses: estate.acknowledged.filter(({ record }) => !onSource.has(record)).length,
    repeats: Object.fromEntries(
      GROUPS.map((id) => [id, [...count(estate.processed.get(id) ?? []).values()].reduce((sum, n) => sum + n - 1, 0)]),
    ),
  };
}
/** Everybody is on the source and reads what is there; of the attempt nothing is left there. */
function expectBack(home: Home): void {
  const { estate } = home;
  for (const client of [...PRODUCERS, ...CONSUMERS]) expect(estate.positions.get(client), client).toBe("source");
  expect(estate.fence()).toEqual([]);
  expect([...estate.connectors.values()].filter(({ direction }) => direction === "reverse")).toEqual([]);
  expect(estate.workers.size).toBe(0);
  expect(home.engine.waiting()).toEqual([]);
  for (let beats = 0; beats < 3; beats++) estate.beat();
  const onSource = new Set(estate.recordsOn("source", "payments"));
  for (const id of GROUPS) {
    const processed = new Set(estate.processed.get(id) ?? []);
    expect(
      [...onSource].filter((record) => !processed.has(record)),
      id,
    ).toEqual([]);
  }
}

describe("a target that goes away for good while producers move", () => {
  const lostWhile = async (isThere: (call: Call) => boolean): Promise<Home> => {
    const home = await begin("cutover-ready");
    await ticks(home);
    home.estate.around = {
      before: async (call) => {
        if (isThere(call) && (await home.row()).freeze?.mayHaveMovedProducers === true)
          home.estate.target.isDown = true;
      },
    };
    await home.settle(() => home.estate.target.isDown);
    return home;
  };
  const expectForcedBack = async (home: Home): Promise<void> => {
    const { kind, forced, reasons } = await wayBack(home);
    expect({ kind, forced }).toEqual({ kind: "lossy", forced: { loses: 0, repeats: NOTHING } });
    expect(reasons.join("; ")).toMatch(
      /before producers began to move; what was .* read on the target after it is not/,
    );
    expect(isRefused(await force(home, { loses: 0, repeats: NOTHING }))).toBe(false);
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectBack(home);
    expect(costOf(home).loses).toBe(0);
  };

  it("keeps no freeze for ever: what was seen before stays known, and a person forces the wave back", async () => {
    const home = await lostWhile(({ name }) => name === "clientSwitch.start");
    // Nothing thaws: what a client may have written there cannot be asked.
    for (let minutes = 0; minutes < 20; minutes++) {
      home.clock.advance(60_000);
      await expect(home.tick()).rejects.toThrow("no broker of the target can be reached");
    }
    expect((await home.row()).phase).toBe("moving-producers");
    await expectForcedBack(home);
  });

  it("and thaw, just before it is asked: the same", async () => {
    const home = await begin("cutover-ready");
    await ticks(home);
    home.estate.around = {
      before: async ({ name }) => {
        const { phase } = await home.row();
        // Its start gets no answer; the thaw that follows finds nobody to ask.
        if (phase === "moving-producers" && name === "clientSwitch.start") throw new OperatorFault("no such parameter");
        if (phase === "thawing" && name === "clientSwitch.stop") home.estate.target.isDown = true;
      },
    };
    await home.settle(() => home.estate.target.isDown).catch(() => undefined);
    expect(home.estate.target.isDown).toBe(true);
    for (let minutes = 0; minutes < 20; minutes++) {
      home.clock.advance(60_000);
      await home.tick();
    }
    expect((await home.row()).phase).toBe("thawing");
    home.estate.around = {};
    await expectForcedBack(home);
  });
});

describe("a target that goes away after producers have moved", () => {
  it("is lossy, with as many records as only it has, and what each group reads again", async () => {
    const home = await begin("producers-moved");
    expect(await wayBack(home)).toMatchObject({ kind: "unknown" });
    await ticks(home);
    expect(await wayBack(home)).toMatchObject({ kind: "clean" });
    const lost = await loseTarget(home);
    expect(lost).toBe(6);
    const now = await wayBack(home);
    expect(now).toMatchObject({ kind: "lossy", forced: { loses: lost, repeats: NOTHING } });
    expect(now.reasons.join("; ")).toMatch(/no broker of the target.*loses 6 records/);
  });

  it("makes a roll-back wait, and then hold with the choice of a forced one, which costs what it was told to cost", async () => {
    const home = await begin("producers-moved");
    const loses = await loseTarget(home);
    expect(await order(home)).toMatchObject({ outcome: "ordered" });
    expect((await wayBack(home)).forced).toEqual({ loses, repeats: NOTHING });
    home.engine.lose(await home.run());
    home.clock.advance(121_000);
    await home.tick().catch(() => undefined);
    const row = await home.row();
    expect(row).toMatchObject({
      phase: "withdrawing",
      hold: { kind: "roll-back-withdrawn", cure: expect.stringContaining("forced") },
    });
    const { forced } = await wayBack(home);
    expect(forced).toEqual({ loses, repeats: NOTHING });
    expect(isRefused(await force(home, forced ?? { loses: 0, repeats: {} }))).toBe(false);
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectBack(home);
    expect(costOf(home)).toEqual(forced);
  });

  it("is refused with other numbers, and told the right ones; then with those it ends", async () => {
    const home = await begin("producers-moved");
    const loses = await loseTarget(home);
    for (const wrong of [
      { loses: 0, repeats: NOTHING },
      { loses, repeats: { "payments-ledger": 0 } },
      { loses, repeats: { ...NOTHING, "payments-audit": 1 } },
    ])
      expect(await refusal(home, wrong)).toContain(`"forced": {"loses":${loses},"repeats":`);
    expect((await home.row()).phase).toBe("producers-moved");
    expect(isRefused(await force(home, { loses, repeats: NOTHING }, "sara"))).toBe(true);
    const answers = await Promise.all([
      force(home, { loses, repeats: NOTHING }),
      force(home, { loses, repeats: NOTHING }),
    ]);
    expect(answers.filter((one) => !isRefused(one) && one.already === undefined)).toHaveLength(1);
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectBack(home);
    expect(costOf(home)).toEqual({ loses, repeats: NOTHING });
    const forced = (await home.store.journal(REF)).filter(({ event }) => event === "RollBackForced");
    expect(forced).toMatchObject([{ by: "olga", details: { loses, repeats: NOTHING, reason: "the target burns" } }]);
    const returned = (await home.store.journal(REF)).find(({ event }) => event === "ReturnClaimed");
    expect(returned?.details).toMatchObject({ forced: true, loses });
  });

  it("is refused while the target answers, though a tick has found that it did not", async () => {
    const home = await begin("producers-moved");
    await ticks(home);
    expect(await refusal(home, { loses: 0, repeats: NOTHING })).toMatch(
      /target that does not answer.*without `forced`/,
    );
    home.estate.target.isDown = true;
    await ticks(home);
    expect((await wayBack(home)).forced).toBeDefined();
    home.estate.target.isDown = false;
    expect(await refusal(home, { loses: 0, repeats: NOTHING })).toMatch(/its way back is clean/);
    expect((await home.row()).phase).toBe("producers-moved");
  });

  it("counts what came to the source after the last look, and groups go on behind it", async () => {
    const home = await begin("producers-moved", { wayBackSampleSeconds: 60 });
    const { estate } = home;
    await ticks(home);
    stopMirror(home);
    for (let beats = 0; beats < 3; beats++) estate.beat();
    home.clock.advance(61_000);
    await home.tick();
    const seen = (await readFact(home.store.items, REF, "way-back"))?.tails ?? {};
    expect(Object.values(seen).reduce((sum, { records }) => sum + records, 0)).toBe(6);
    // The mirror goes on for one partition before the target goes away.
    const reverse = estate.connectors.get(connectorName(REF, 1, "reverse"));
    const log = estate.target.log("payments/0");
    const from = reverse?.positions.get("payments/0") ?? 0n;
    for (const { fingerprint, timestamp } of log.visible(from))
      estate.source.log("payments/0").append(fingerprint, timestamp);
    const carried = log.visible(from).length;
    expect(carried).toBeGreaterThan(0);
    reverse?.positions.set("payments/0", log.end);
    estate.target.isDown = true;
    home.clock.advance(61_000);
    await home.tick();
    const { forced } = await wayBack(home);
    expect(forced).toEqual({ loses: 6 - carried, repeats: NOTHING });
    await force(home, forced ?? { loses: 0, repeats: {} });
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectBack(home);
    expect(costOf(home)).toEqual(forced);
  });

  it("counts what a client that reads and writes has written there, and brings it back with the producers", async () => {
    const home = await startHome({ waves: [waveWithBoth("payments")], policy: { ...POLICY, wayBackSampleSeconds: 1 } });
    const { estate } = home;
    const topics = ["payments", "payments-settled"] as const;
    await home.reach("producers-moved");
    for (let beats = 0; beats < 3; beats++) estate.beat();
    await ticks(home);
    stopMirror(home);
    for (let beats = 0; beats < 2; beats++) estate.beat();
    await ticks(home);
    estate.target.isDown = true;
    await ticks(home);
    const { forced } = await wayBack(home);
    const sides = () => topics.map((topic) => [estate.recordsOn("source", topic), estate.recordsOn("target", topic)]);
    const only = sides().reduce((sum, [source, target]) => sum + (target?.length ?? 0) - (source?.length ?? 0), 0);
    expect(only).toBeGreaterThan(2);
    expect(forced).toEqual({ loses: only, repeats: { "payments-ledger": 0, "payments-settler": 0 } });
    await force(home, forced ?? { loses: 0, repeats: {} });
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    for (const client of ["api", "ledger", "settler"]) expect(estate.positions.get(client), client).toBe("source");
    for (let beats = 0; beats < 3; beats++) estate.beat();
    const onSource = new Set(topics.flatMap((topic) => estate.recordsOn("source", topic)));
    expect(estate.acknowledged.filter(({ record }) => !onSource.has(record))).toHaveLength(only);
    const settled = estate.processed.get("payments-settler") ?? [];
    expect(new Set(settled).size).toBe(settled.length);
  });

  it("is too late once an ordinary one returns, or the seal is claimed", async () => {
    for (const [phase, told] of [
      ["returning", /was ordered by olga.*returning/],
      ["sealing", /past the point of no return/],
    ] as const) {
      const home = await begin("producers-moved");
      await ticks(home);
      if (phase === "returning") await order(home);
      let met: Awaited<ReturnType<typeof force>> | undefined;
      home.estate.around = {
        before: async () => {
          if (met === undefined && (await home.row()).phase === phase) {
            home.estate.target.isDown = true;
            met = await force(home, { loses: 0, repeats: NOTHING });
            home.estate.target.isDown = false;
          }
        },
      };
      await home.settle((row) => row.phase === (phase === "returning" ? "rolled-back" : "sealed"));
      expect(met && (isRefused(met) ? met.because : met.already), phase).toMatch(told);
    }
  });

  it("is looked for once in a period, and a group that stands still is not asked for its place again", async () => {
    const home = await begin("producers-moved", { wayBackSampleSeconds: 5 });
    home.estate.positions.set("api", "paused");
    home.estate.positions.set("web", "paused");
    home.clock.advance(5_000);
    await home.tick();
    home.clock.advance(5_000);
    await home.tick();
    const at = (await readFact(home.store.items, REF, "way-back"))?.at;
    const calls = home.estate.calls.length;
    home.clock.advance(2_000);
    await home.tick();
    expect((await readFact(home.store.items, REF, "way-back"))?.at).toBe(at);
    const without = home.estate.calls.length - calls;
    home.clock.advance(5_000);
    await home.tick();
    expect((await readFact(home.store.items, REF, "way-back"))?.at).toBeGreaterThan(at ?? 0);
    // Ends of both sides, two groups' commits, and the connector: nothing of any log is read.
    expect(home.estate.calls.length - calls - 2 * without).toBeLessThanOrEqual(6);
  });

  it("goes back by force even where the reverse mirror's workers are gone: none may bring the lost records later", async () => {
    const home = await begin("producers-moved");
    const loses = await loseTarget(home);
    home.estate.workers.delete("reverse");
    await ticks(home);
    await force(home, { loses, repeats: NOTHING });
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectBack(home);
    home.estate.target.isDown = false;
    home.estate.workers.add("reverse");
    expect(costOf(home)).toEqual({ loses, repeats: NOTHING });
  });

  it("is retried on fresh topics when it is back, with nothing of the lost attempt at work", async () => {
    const home = await begin("producers-moved");
    await loseTarget(home);
    // An ordinary roll-back got as far as the target's fence before.
    const { forced } = await wayBack(home);
    home.estate.target.isDown = false;
    let isRaised = false;
    home.estate.around = {
      after: ({ name }) => {
        if (name !== "target.rights.add" || isRaised) return;
        isRaised = true;
        home.estate.target.isDown = true;
      },
    };
    await order(home);
    await home.engine.drive();
    home.estate.around = {};
    expect(home.estate.target.acls.filter((entry) => entry.permission === "DENY")).not.toEqual([]);
    await ticks(home);
    expect((await wayBack(home)).forced).toEqual(forced);
    await force(home, forced ?? { loses: 0, repeats: {} });
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectBack(home);
    const mayWrite = () =>
      PRODUCERS.some((name) => home.estate.target.allows(`User:payments-${name}`, "WRITE", "payments"));
    home.estate.target.isDown = false;
    home.estate.target.acls = home.estate.target.acls.filter((entry) => entry.permission !== "DENY");
    expect(mayWrite()).toBe(true);
    home.estate.target.isDown = true;
    await retryWhereAttemptIsLeft(home);
  });

  it("does not stop a group for the next attempt while the target remembers its members from before it was lost", async () => {
    const home = await begin("producers-moved");
    const loses = await loseTarget(home);
    await force(home, { loses, repeats: NOTHING });
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    home.estate.target.isDown = false;
    const { members } = home.estate.target.group("payments-ledger");
    let isRemembered = true;
    const beat = home.estate.beat.bind(home.estate);
    home.estate.beat = () => {
      beat();
      if (isRemembered) members.add("ledger");
    };
    await retry(home);
    const settled = home.settle((row) => row.phase === "moving-consumers" || row.hold !== undefined);
    await expect(settled).rejects.toThrow(
      /the wave stays replicating.*payments-ledger has members on the target: ledger/,
    );
    expect(home.estate.positions.get("ledger")).toBe("source");
    isRemembered = false;
    members.clear();
    expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
  });

  it("takes nothing of a group that was reset behind where it was seen", async () => {
    const home = await begin("producers-moved");
    await loseTarget(home);
    home.estate.target.isDown = false;
    const { commits } = home.estate.target.group("payments-audit");
    commits.set("payments/0", { offset: offsetOn<"target">(0n), metadata: "" });
    home.estate.positions.set("audit", "paused");
    await ticks(home);
    home.estate.target.isDown = true;
    await ticks(home);
    const seen = await readFact(home.store.items, REF, "way-back");
    expect(seen?.groups["payments-audit"]?.positions["payments/0"]).toMatchObject({ target: "0" });
  });
});

/** The target is back: the next attempt is sealed, and holds each record of the source once. */
async function retryWhereAttemptIsLeft(home: Home): Promise<void> {
  const { estate } = home;
  estate.target.isDown = false;
  const lost = estate.acknowledged.filter(({ record }) => !estate.recordsOn("source", "payments").includes(record));
  const before = new Map(GROUPS.map((id) => [id, estate.processed.get(id)?.length ?? 0]));
  await retry(home);
  estate.around = {
    before: ({ name, args: [, spec] }) => {
      if (name !== "replicator.ensure" || typeof spec !== "object") return;
      expect([...estate.connectors.keys()].filter((one) => one.includes("-1-"))).toEqual([]);
      expect(estate.target.acls.filter((entry) => entry.permission === "DENY")).toEqual([]);
      for (const name of PRODUCERS)
        expect(estate.target.allows(`User:payments-${name}`, "WRITE", "payments")).toBe(false);
      estate.around = {};
    },
  };
  expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
  expect(await home.events()).toContain("TargetTopicsRenewed");
  for (const client of PRODUCERS) estate.positions.set(client, "paused");
  for (let beats = 0; beats < 3; beats++) estate.beat();
  const kept = estate.acknowledged.filter((one) => !lost.includes(one)).map(({ record }) => record);
  expect([...estate.recordsOn("target", "payments")].sort()).toEqual([...kept].sort());
  for (const id of GROUPS) {
    const since = (estate.processed.get(id) ?? []).slice(before.get(id));
    expect(new Set(since).size, id).toBe(since.length);
    expect(
      kept.filter((record) => !estate.processed.get(id)?.includes(record)),
      id,
    ).toEqual([]);
  }
}

describe("a target that goes away while producers are still on the source", () => {
  it.each(["consumers-moved", "cutover-ready"] as const)(
    "in %s: a forced roll-back loses and repeats nothing, and the next attempt is sealed",
    async (phase) => {
      const home = await begin(phase);
      await ticks(home);
      home.estate.beat();
      await ticks(home);
      home.estate.target.isDown = true;
      await ticks(home);
      const now = await wayBack(home);
      expect(now).toMatchObject({ kind: "lossy", forced: { loses: 0, repeats: NOTHING } });
      home.estate.beat();
      await force(home, { loses: 0, repeats: NOTHING });
      expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
      expectBack(home);
      expectProcessedOnce(home);
      await retryWhereAttemptIsLeft(home);
    },
  );

  it("half through its groups: the one that no tick has seen there is named, and reads again what it read", async () => {
    const home = await startTwoOfEach({ wayBackSampleSeconds: 1 });
    const goesAway = ({ name, args: [, side] }: Call): void => {
      if (name !== "clientSwitch.start" || side !== "target") return;
      home.estate.around = {};
      home.estate.target.isDown = true;
    };
    home.estate.around = {
      before: async ({ name }) => {
        if (name !== "clientSwitch.stop") return;
        home.estate.around = {};
        home.clock.advance(1_500);
        await home.tick();
        home.estate.around = { after: goesAway };
      },
    };
    await home.start();
    await home.settle(() => home.estate.target.isDown);
    await ticks(home);
    const now = await wayBack(home);
    expect(now.forced).toMatchObject({ loses: 0 });
    expect(now.reasons.join("; ")).toMatch(/payments-(ledger|audit): it moved right before the target went away/);
    await force(home, now.forced ?? { loses: 0, repeats: {} });
    expect(await home.settle((row) => row.phase === "rolled-back")).toMatchObject({ phase: "rolled-back" });
    expectBack(home);
    expectProcessedOnce(home);
  });
});

describe("a failure at each effect of a forced roll-back", async () => {
  const known: { readonly name: string; readonly index: number }[] = [];
  const home = await begin("producers-moved");
  const loses = await loseTarget(home);
  await force(home, { loses, repeats: NOTHING });
  home.estate.around = {
    before: (call) => {
      if (isEffect(call)) known.push({ name: call.name, index: known.length });
    },
  };
  await home.settle((row) => row.phase === "rolled-back");

  it.each(known)("its process is killed right after $name ($index)", async ({ index }) => {
    const again = await begin("producers-moved");
    const lost = await loseTarget(again);
    await force(again, { loses: lost, repeats: NOTHING });
    meetAt(again, index, "after", () => {
      again.estate.isKilled = true;
    });
    expect(await again.settle((row) => row.phase === "rolled-back")).toMatchObject({ phase: "rolled-back" });
    expectBack(again);
    expect(costOf(again)).toEqual({ loses: lost, repeats: NOTHING });
  });

  it("has effects to fail at, and a wave whose target never went away is as it was", async () => {
    expect(known.length).toBeGreaterThan(8);
    const other = await begin("producers-moved");
    await order(other);
    expect(await other.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expectOnSource(other);
    await retry(other);
    expect(await other.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed" });
    expectProcessedOnce(other);
    expectOnceOnTarget(other);
  });
});
