/** What simulations found, each told alone: seeds change with every change of a simulation, stories do not. */
import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { decideRetry } from "#core/wave/way-back.ts";
import { keepThawed } from "#use-cases/keep-thawed.ts";
import { readCursors } from "#use-cases/mirror-cursors.ts";
import { moveConsumers } from "#use-cases/move-consumers.ts";
import { orderAbort } from "#use-cases/order-abort.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused } from "#use-cases/refused.ts";
import { rollBackWave } from "#use-cases/roll-back-wave.ts";
import { needFact } from "#use-cases/wave-facts.ts";
import { type Home, REF, startHome } from "../in-memory/home.ts";
import type { Call } from "../in-memory/observed.ts";
import {
  CONSUMERS,
  expectOnSource,
  expectOnTarget,
  expectProcessedOnce,
  isEffect,
  isHeldOr,
  order,
  PRODUCERS,
  retry,
  SCENARIOS,
  startTwoOfEach,
} from "../in-memory/way-back.ts";

const isNamed = ({ args }: Call, names: readonly string[]): boolean =>
  names.includes((args[0] as { readonly name: string }).name);

const isAbout = (call: Call, name: string, direction: string): boolean =>
  call.name === name && call.args[0] === direction;

describe("a thaw out of moving-producers that resumed the forward mirror and is then taken up again", () => {
  it("does not take the mirror's records on the target for a client's, and gives nobody the right to write there", async () => {
    const home = await startHome();
    const { estate } = home;
    const timedOut = new Set<string>();
    let takenBack = 0;
    estate.around = {
      after: async (call) => {
        for (const direction of ["reverse", "forward"] as const) {
          if (timedOut.has(direction) || !isAbout(call, "replicator.resume", direction)) continue;
          // The deed is done, and nobody is told.
          timedOut.add(direction);
          if (direction === "forward") for (let beats = 0; beats < 3; beats++) estate.beat();
          throw new RetryableFault(`resuming ${direction} did not answer in time`);
        }
      },
      before: async (call) => {
        if (call.name === "target.rights.remove" && (await home.row()).phase === "thawing") takenBack += 1;
      },
    };
    const held = await home.reach("producers-moved").then(() => home.settle(({ phase }) => phase === "cutover-ready"));
    expect([...timedOut]).toEqual(["reverse", "forward"]);
    expect(held).toMatchObject({ phase: "cutover-ready", hold: { kind: "freeze-failed" } });
    // Before the target is looked at, and right before the source's fence is lifted; not again when it is taken up.
    expect(takenBack).toBe(2);
    expect(estate.fence()).toEqual([]);
    expect(estate.positions.get("api")).toBe("source");
    expect(estate.target.allows("User:payments-api", "WRITE", "payments")).toBe(false);
    expect((await home.events()).filter((event) => event === "TargetSeenUnwritten")).toHaveLength(1);
  });
});

describe("a handler of move-consumers that loses its turn while it waits for a group to stop", () => {
  it("starts no client on the source at its bound, and stores nothing over what its successor knows", async () => {
    const home = await startHome();
    const { estate } = home;
    await home.reach("replicating");
    await home.passGates("move-consumers");
    estate.deaf.add("ledger");
    const starts: Call[] = [];
    estate.around = {
      before: async (call) => {
        if (call.name === "clientSwitch.start") starts.push(call);
        const row = await home.row();
        if (call.name !== "source.groups.describe" || row.phase !== "moving-consumers" || row.claim?.run !== row.run)
          return;
        // Paused past its lease; meanwhile somebody else has the turn, and has come further.
        await home.store.write(
          row,
          { ...row, run: row.run + 1 },
          [{ event: "RunRaised", by: "sluice" }],
          home.clock.now(),
        );
        await home.store.items.put(REF, "OFFSETS", "payments-ledger", { attempt: 1, movedAt: 7 });
        home.clock.advance(40_000);
      },
    };
    const run = await home.run();
    const outcome = await moveConsumers(home.deps, { ...run, invocationEndsAt: home.clock.now() + 600_000 });
    expect(outcome).toMatchObject({ outcome: "superseded" });
    expect(starts).toEqual([]);
    expect(await home.store.items.get(REF, "OFFSETS", "payments-ledger")).toEqual({ attempt: 1, movedAt: 7 });
  });
});

describe("a roll-back that meets a wave in prepare-cutover, before its reverse workers were launched", () => {
  const meets = async (when: "before the launch is stored" | "right before the launch"): Promise<Home> => {
    const home = await startHome();
    const { estate } = home;
    let isMet = false;
    estate.around = {
      before: async (call) => {
        const isThere =
          when === "right before the launch"
            ? isAbout(call, "workers.launch", "reverse")
            : call.name === "source.rights.list" && (await home.row()).phase === "preparing-cutover";
        if (!isThere || isMet) return;
        isMet = true;
        expect(await order(home)).toMatchObject({ outcome: "ordered" });
        estate.isKilled = true;
      },
    };
    for (let beats = 0; beats < 4; beats++) estate.beat();
    await home.start();
    await home.settle(({ phase }) => phase === "rolled-back");
    expect(isMet).toBe(true);
    return home;
  };

  it("ends without anybody to ask about a reverse mirror", async () => {
    const home = await meets("before the launch is stored");
    expect(home.estate.calls.some((call) => isAbout(call, "workers.launch", "reverse"))).toBe(false);
    expectOnSource(home);
  });

  it("launches them where they may have been, and ends", async () => {
    const home = await meets("right before the launch");
    expect(home.estate.calls.some((call) => isAbout(call, "workers.launch", "reverse"))).toBe(true);
    expectOnSource(home);
  });
});

describe("a handler that looks for leftovers of a thawed freeze", () => {
  /** Held before its next freeze, with a fence that stands. */
  const thawedWithFence = async (): Promise<Home> => {
    const home = await startHome();
    const { clock, estate, store } = home;
    const ready = await home.reach("cutover-ready");
    const hold = { kind: "thawed-by-person", reason: "not now", by: "olga", at: clock.now(), cure: "resume" } as const;
    await store.write(ready, { ...ready, hold }, [{ event: "WaveHeld", by: "sluice" }], clock.now());
    const fence = await needFact(store.items, REF, "fence");
    estate.source.acls = [...estate.source.acls, ...fence.freeze];
    expect(estate.fence().length).toBeGreaterThan(0);
    return home;
  };

  it("lifts one that stands", async () => {
    const home = await thawedWithFence();
    await keepThawed(home.deps, REF, { hasLostTurn: true });
    expect(home.estate.fence()).toEqual([]);
    expect(await home.events()).toContain("LeftoversUndone");
  });

  it.each([
    ["itself", true],
    ["by a tick, since it has died", false],
  ])("holds a wave that was resumed meanwhile, before anything is undone, %s", async (_by, hasLostTurn) => {
    const home = await startHome();
    await home.reach("cutover-ready");
    home.estate.around = {
      before: async ({ name }) => {
        if (name === "replicator.stop" && (await home.row()).phase === "draining") throw new OperatorFault("not now");
      },
    };
    await home.settle(({ hold }) => hold !== undefined);
    home.estate.around = {};
    await home.resume();
    const forward = [...home.estate.connectors.values()].find(({ direction }) => direction === "forward");
    if (forward === undefined) throw new Error("no forward mirror");
    const { replicator } = await home.deps.estate(home.migration);
    await replicator.stop("forward", "sluice-shop-payments-1-forward");
    const undoneIn: unknown[] = [];
    home.estate.around = {
      before: async (call) => {
        if (call.name === "replicator.resume") undoneIn.push((await home.row()).hold?.kind);
      },
    };
    await (hasLostTurn ? keepThawed(home.deps, REF, { hasLostTurn }) : home.tick());
    expect(undoneIn).toEqual(["late-effect"]);
    expect(forward.isRunning).toBe(true);
    expect(await home.events()).toEqual(expect.arrayContaining(["WaveHeld", "LeftoversUndone"]));
    expect((await home.row()).hold?.reason).toContain("sluice-shop-payments-1-forward was stopped");
  });

  it("and was paused while it looked leaves the fence of the next freeze where it is", async () => {
    const home = await thawedWithFence();
    const { clock, estate, store } = home;
    const standing = estate.fence();
    estate.around = {
      before: async (call) => {
        if (call.name !== "source.rights.list") return;
        estate.around = {};
        const before = await home.row();
        const { hold: _ended, ...row } = before;
        const next = { ...row, run: row.run + 1, phase: "freezing" as const };
        await store.write(before, next, [{ event: "RunRaised", by: "sluice" }], clock.now());
      },
    };
    await keepThawed(home.deps, REF, { hasLostTurn: true });
    expect(estate.fence()).toEqual(standing);
    expect(await home.events()).not.toContain("LeftoversUndone");
  });
});

describe("a tick that slept through a retry", () => {
  it("leaves nothing that the next attempt takes for its own", async () => {
    const home = await startHome();
    const { store } = home;
    await home.reach("replicating");
    await home.tick();
    const before = await home.row();
    const slept = await store.items.get(REF, "WINDOW", "forward");
    const cursors = await store.items.get(REF, "WINDOW", "forward-content");
    expect([slept, cursors]).not.toContain(undefined);
    await orderAbort(home.deps, REF, { person: "olga", reason: "not today", deletesTargetTopics: true });
    await home.settle(({ phase }) => phase === "aborted");
    await retry(home);
    await home.settle(({ phase }) => phase === "replicating");
    await store.items.put(REF, "WINDOW", "forward", slept);
    await store.items.put(REF, "WINDOW", "forward-content", cursors);
    const now = await home.row();
    expect(now.attempt).toBe(2);
    expect(await readCursors(store.items, before, "forward")).toBeDefined();
    expect(await readCursors(store.items, now, "forward")).toBeUndefined();
    expect(await home.settle(({ phase }) => phase === "consumers-moved")).toMatchObject({ attempt: 2 });
  });
});

describe("a retry that dies right after its write", () => {
  it("leaves no window of the attempt before, which would take fresh target topics for recreated ones", async () => {
    const home = await startHome();
    const { clock, store } = home;
    await home.reach("replicating");
    await home.tick();
    await orderAbort(home.deps, REF, { person: "olga", reason: "not today", deletesTargetTopics: true });
    const aborted = await home.settle(({ phase }) => phase === "aborted");
    expect(await store.items.list(REF, "WINDOW")).not.toEqual([]);
    const retried = decideRetry(aborted, "olga", clock.now());
    if (retried.kind !== "write") throw new Error("not retried");
    await store.write(aborted, retried.next, retried.events, clock.now());
    expect(await home.settle(({ phase }) => phase === "consumers-moved")).toMatchObject({ attempt: 2 });
  });
});

describe("a handler of a roll-back that is withdrawn between its last look and its effect", () => {
  const withdrawnAt = async (isThere: (call: Call) => boolean): Promise<Home> => {
    const home = await startTwoOfEach();
    await home.reach("producers-moved");
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    expect(await order(home)).toMatchObject({ outcome: "ordered" });
    let isMet = false;
    let withdrawn: unknown;
    home.estate.around = {
      before: async (call) => {
        if (isMet && call.name === "target.log.ends") home.estate.beat();
        if (isMet || !isThere(call) || (await home.row()).phase !== "rolling-back") return;
        isMet = true;
        home.clock.advance(600_000);
        await home.tick();
        withdrawn = await home.row();
      },
    };
    await home.engine.drive();
    expect(withdrawn).toMatchObject({ phase: "producers-moved", hold: { kind: "roll-back-withdrawn" } });
    return home;
  };

  it("tells no consumer to stop that has gone on meanwhile", async () => {
    const home = await withdrawnAt((call) => call.name === "target.groups.describe");
    expectOnTarget(home, "producers-moved");
    expect(await home.events()).not.toContain("LeftoversUndone");
  });

  it.each([
    ["a consumer", (call: Call) => call.name === "clientSwitch.stop" && isNamed(call, CONSUMERS)],
    ["a producer", (call: Call) => call.name === "clientSwitch.stop" && isNamed(call, PRODUCERS)],
    ["a fence", (call: Call) => call.name === "target.rights.add"],
  ])("undoes what it did to %s, and says so", async (_what, isThere) => {
    const home = await withdrawnAt(isThere);
    expectOnTarget(home, "producers-moved");
    expect(await home.events()).toContain("LeftoversUndone");
  });
});

describe("a handler of a roll-back that is stopped past its lease with an answer in hand", () => {
  it.each([
    "target.rights.presentOnEachBroker",
    "target.log.ends",
    "target.groups.describe",
    "source.groups.committed",
  ])("of %s, while its successor brings the wave back, does nothing more", async (name) => {
    const home = await startTwoOfEach();
    await home.reach("producers-moved");
    for (let beats = 0; beats < 3; beats++) home.estate.beat();
    expect(await order(home)).toMatchObject({ outcome: "ordered" });
    let isMet = false;
    let calls: readonly Call[] = [];
    home.estate.around = {
      after: async (call) => {
        const { attempt, phase, run } = await home.row();
        if (isMet) home.estate.beat();
        if (isMet || call.name !== name || phase !== "rolling-back") return;
        isMet = true;
        home.clock.advance(25_000);
        const successor = { ...REF, attempt, run, invocationEndsAt: home.invocationEndsAt() };
        expect(await rollBackWave(home.deps, successor)).toMatchObject({ outcome: "completed" });
        calls = [...home.estate.calls];
      },
    };
    await home.engine.drive();
    expect(isMet).toBe(true);
    expect(home.estate.calls.slice(calls.length).filter(isEffect)).toEqual([]);
    expectOnSource(home);
  });
});

describe("a moved consumer that does not run", () => {
  it("keeps the next gate from passing, however little it lags, and says what to look at", async () => {
    const home = await startHome();
    await home.reach("consumers-moved");
    home.estate.positions.set("ledger", "paused");
    home.estate.beat();
    for (let ticks = 0; ticks < 8; ticks++) {
      await home.tick();
      await home.clock.sleep(500);
    }
    const gates = await readGates(home.deps, REF);
    if (isRefused(gates)) throw new Error(gates.because);
    const keepUp = gates.find(({ gate }) => gate === "keep-up");
    expect(keepUp?.verdict).not.toBe("pass");
    expect(keepUp?.checks.map(({ reason }) => reason).join()).toContain(
      "group payments-ledger has no member on the target: see that parameter /payments-ledger/kafka/cluster holds target and that client ledger runs",
    );
  });
});

describe("a handler that drains, and whose freeze was thawed and followed by another while it was paused", () => {
  it("leaves the watermarks of the later freeze as they are, without which nothing could thaw it", async () => {
    const home = await startHome();
    const { store } = home;
    const later = { freeze: "later", source: {}, target: {} };
    let isWritten = false;
    home.estate.around = {
      before: async (call) => {
        const row = await home.row();
        if (isWritten || call.name !== "source.log.ends" || row.phase !== "draining") return;
        isWritten = true;
        expect(await store.items.putInRun(REF, row.run + 1, "FACT", "watermarks", later)).toBe(true);
      },
    };
    await home.reach("cutover-ready");
    await home.settle(() => isWritten);
    expect(await store.items.get(REF, "FACT", "watermarks")).toEqual(later);
    expect((await home.row()).phase).not.toBe("drained");
  });
});

describe("a client that was started on the source again and is told to stop by a resume before it has joined", () => {
  it("is believed to have stopped only when it has had the time to, and moves with what it has read", async () => {
    const home = await startHome();
    const { clock, estate } = home;
    const wave = home.migration.waves[0];
    const ledger = wave?.clients.find(({ name }) => name === "ledger");
    if (wave === undefined || ledger === undefined) throw new Error("no client ledger");
    estate.deaf.add("ledger");
    expect(await home.reach("consumers-moved")).toMatchObject({ phase: "moving-consumers", hold: {} });
    estate.deaf.delete("ledger");
    const goTo = (position: "source" | "paused"): void => {
      estate.positions.set("ledger", position);
      estate.clients.consume(wave, ledger);
    };
    goTo("paused");
    let stoppedAt: number | undefined;
    let hasJoined = false;
    estate.around = {
      before: async (call) => {
        if (call.name === "clientSwitch.stop") stoppedAt ??= clock.now();
        if (hasJoined || stoppedAt === undefined || clock.now() < stoppedAt + 1_500) return;
        hasJoined = true;
        estate.beat();
        // Late by so much, and gone again: it has read what there was.
        goTo("source");
        goTo("paused");
      },
    };
    await home.resume();
    expect(await home.settle(({ phase, hold }) => phase === "consumers-moved" || hold !== undefined)).toMatchObject({
      phase: "consumers-moved",
    });
    expect(hasJoined).toBe(true);
    estate.around = {};
    expectProcessedOnce(home);
  });
});

describe("a client that is told to start on the target and to stop again before it has joined", () => {
  it("is believed to have stopped only when it has had the time to, and goes back with what it has read", async () => {
    const home = await startTwoOfEach();
    const scenario = SCENARIOS.find(({ name }) => name.endsWith("the second group just started"));
    if (scenario === undefined) throw new Error("no such scenario");
    await scenario.begin(home);
    const { clock, estate } = home;
    estate.isKilled = false;
    const wave = home.migration.waves[0];
    const audit = wave?.clients.find(({ name }) => name === "audit");
    if (wave === undefined || audit === undefined) throw new Error("no client audit");
    let stoppedAt: number | undefined;
    let hasJoined = false;
    estate.around = {
      before: async (call) => {
        if (call.name === "clientSwitch.stop" && isNamed(call, ["audit"])) stoppedAt ??= clock.now();
        if (hasJoined || stoppedAt === undefined || clock.now() < stoppedAt + 1_500) return;
        hasJoined = true;
        // Late by so much, and gone again: it has read what there was.
        estate.positions.set("audit", "target");
        estate.clients.consume(wave, audit);
        estate.positions.set("audit", "paused");
        estate.clients.consume(wave, audit);
      },
    };
    expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
    expect(hasJoined).toBe(true);
    estate.around = {};
    expectProcessedOnce(home);
  });
});
