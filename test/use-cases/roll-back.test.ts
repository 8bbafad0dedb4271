/** The way back in memory: a roll-back from each phase, with a failure at each of its effects. */
import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import type { Home } from "../in-memory/home.ts";
import type { Call } from "../in-memory/observed.ts";
import {
  expectOnceOnTarget,
  expectOnSource,
  expectOnTarget,
  expectProcessedOnce,
  isEffect,
  isHeldOr,
  meetAt,
  order,
  retry,
  SCENARIOS,
  type Scenario,
  startTwoOfEach,
} from "../in-memory/way-back.ts";

type Known = Scenario & { readonly call: string; readonly index: number; readonly phase: Phase };

/** The way back's effects in order, and of its reads each kind once in each phase, by their number among all calls. */
async function callsOf(scenario: Scenario): Promise<{ readonly effects: Known[]; readonly reads: Known[] }> {
  const home = await startTwoOfEach();
  await scenario.begin(home);
  const effects: Known[] = [];
  const reads = new Map<string, Known>();
  let index = -1;
  home.estate.around = {
    before: async (call) => {
      index += 1;
      const { phase } = await home.row();
      const known = `${phase} ${call.name}`;
      if (isEffect(call)) effects.push({ ...scenario, call: call.name, index: effects.length, phase });
      else if (!reads.has(known)) reads.set(known, { ...scenario, call: call.name, index, phase });
    },
  };
  expect(await home.settle(isHeldOr("rolled-back"))).toMatchObject({ phase: "rolled-back" });
  return { effects, reads: [...reads.values()] };
}
const all = await Promise.all(SCENARIOS.map(callsOf));
const effects = all.flatMap((one) => one.effects);
/** One scenario of each kind: what the others do is done alike. */
const isOfItsKind = ({ name }: Scenario): boolean => /^(moving-consumers, the second|producers-moved)/.test(name);
const some = effects.filter(isOfItsKind);
const reads = all.flatMap((one) => one.reads).filter(isOfItsKind);

/** Until it is rolled back; where it was withdrawn, everybody goes on on the target, and it is ordered again. Answers the reasons. */
async function finish(home: Home, { withdrawnTo }: Scenario): Promise<readonly string[]> {
  const holds: string[] = [];
  for (let orders = 0; orders < 4; orders++) {
    const row = await home.settle(isHeldOr("rolled-back"));
    if (row.phase === "rolled-back") return holds;
    expect(row.phase).toBe(withdrawnTo);
    expectOnTarget(home, withdrawnTo);
    holds.push(`${row.phase}: ${row.hold?.reason}; ${row.hold?.cure}`);
    for (let beats = 0; beats < 2; beats++) home.estate.beat();
    expect(await order(home)).toMatchObject({ outcome: "ordered" });
  }
  throw new Error(`withdrawn again and again: ${holds.join("; ")}`);
}

function expectRolledBack(home: Home): void {
  expectOnSource(home);
  expectProcessedOnce(home);
}

describe("a roll-back", () => {
  it("tells consumers to stop once the target is fenced, and no later than the drained mirror stops", async () => {
    const home = await startTwoOfEach();
    await SCENARIOS.find(({ name }) => name === "producers-moved")?.begin(home);
    const before = home.estate.calls.length;
    await home.settle(isHeldOr("rolled-back"));
    const calls = home.estate.calls.slice(before);
    const first = (isWanted: (call: Call) => boolean, from = 0): number =>
      calls.findIndex((call, index) => index > from && isWanted(call));
    const fenced = first(({ name }) => name === "target.rights.presentOnEachBroker");
    const stopped = first(({ name }) => name === "replicator.stop");
    const told = first(({ name, args }) => name === "clientSwitch.stop" && JSON.stringify(args).includes('"consumer"'));
    const read = first(({ name }) => name === "replicator.replicatedThrough", stopped);
    expect(fenced).toBeGreaterThan(0);
    expect(told).toBeGreaterThan(fenced);
    expect(read).toBeGreaterThan(told);
  });

  it.each(SCENARIOS)(
    "from $name returns every client to the source, and a retry is sealed, with nothing lost or repeated",
    async (scenario) => {
      const home = await startTwoOfEach();
      await scenario.begin(home);
      expect(await finish(home, scenario)).toEqual([]);
      expectRolledBack(home);
      await retry(home);
      expect(await home.settle(isHeldOr("sealed"))).toMatchObject({ phase: "sealed", attempt: 2 });
      expect(await home.events()).toContain("PinUsed");
      expectProcessedOnce(home);
      expectOnceOnTarget(home);
    },
  );

  it("has effects of every kind to fail at", () => {
    expect(new Set(effects.map(({ phase }) => phase))).toEqual(new Set(["rolling-back", "returning"]));
    expect(new Set(effects.map(({ call }) => call)).size).toBeGreaterThan(8);
    expect(reads.length).toBeGreaterThan(30);
  });
});

describe("a failure at each effect of a roll-back", () => {
  it.each(effects)("from $name: its process is killed right after $call ($index, $phase)", async (known) => {
    const home = await startTwoOfEach();
    await known.begin(home);
    meetAt(home, known.index, "after", () => {
      home.estate.isKilled = true;
    });
    await finish(home, known);
    expectRolledBack(home);
  });

  it.each(some)("from $name: the answer of $call is lost ($index, $phase)", async (known) => {
    const home = await startTwoOfEach();
    await known.begin(home);
    meetAt(home, known.index, "after", ({ name }) => {
      throw new RetryableFault(`${name}: no answer`);
    });
    expect(await finish(home, known)).toEqual([]);
    expectRolledBack(home);
  });

  it.each(effects)("from $name: $call is refused ($index, $phase)", async (known) => {
    const home = await startTwoOfEach();
    await known.begin(home);
    meetAt(home, known.index, "before", ({ name }) => {
      throw new OperatorFault(`${name} is refused: grant it`);
    });
    const holds = await finish(home, known);
    // From the last turn on it only goes forward.
    if (known.phase === "returning") expect(holds).toEqual([]);
    else expect(holds).toEqual([expect.stringMatching(/refused: grant it.*roll-back again, or .*resume to stay/)]);
    expectRolledBack(home);
  });
});

describe("a failure at each read of a roll-back", () => {
  it.each(reads)("from $name: $call fails in $phase", async (known) => {
    const home = await startTwoOfEach();
    await known.begin(home);
    const anything = () => true;
    meetAt(
      home,
      known.index,
      "before",
      ({ name }) => {
        throw new RetryableFault(`${name}: unreachable`);
      },
      anything,
    );
    expect(await finish(home, known)).toEqual([]);
    expectRolledBack(home);
  });
});
