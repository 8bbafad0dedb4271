/** The whole product in memory: its use cases, driven by the derived state machine, with a failure at each of their effects. */
import { describe, expect, it } from "vitest";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { canThaw, type Phase } from "#core/wave/lifecycle.ts";
import { cutOver } from "#use-cases/cut-over.ts";
import { holdWave } from "#use-cases/hold-wave.ts";
import { orderThaw } from "#use-cases/order-thaw.ts";
import { StepLeased } from "#use-cases/run-step.ts";
import { type Home, REF, startHome as startHomeWith } from "../in-memory/home.ts";
import { waveWithBoth } from "../in-memory/migration.ts";
import type { Call } from "../in-memory/observed.ts";

/** Calls that change something outside; in the order in which a wave makes them. */
const EFFECTS =
  /^(source|target)\.(topics\.(create|setConfigs)|rights\.(add|remove)|groups\.(commit|removeMembers))$|^replicator\.(ensure|stop|resume|remove|startFrom)$|^workers\.(launch|release)$|^clientSwitch\.(stop|start)$/;
const isEffect = (call: Call): boolean => EFFECTS.test(call.name);

/** A wave with a producer, a consumer and a client that reads and writes. */
const startHome = (): Promise<Home> => startHomeWith({ waves: [waveWithBoth("payments")] });

const FORWARD = "sluice-shop-payments-1-forward";
const REVERSE = "sluice-shop-payments-1-reverse";

/** What must hold whenever a wave waits for a person before its next freeze. */
function expectThawed({ estate }: Home): void {
  expect(estate.fence()).toEqual([]);
  expect([estate.positions.get("api"), estate.positions.get("settler")]).toEqual(["source", "source"]);
  expect(estate.connectors.get(FORWARD)?.isRunning).toBe(true);
  expect(estate.connectors.get(REVERSE)?.isRunning ?? false).toBe(false);
}

/** To the seal; whatever holds it on the way is resumed, as a person does who has cured it. Answers the reasons. */
async function finish(home: Home): Promise<readonly string[]> {
  const holds: string[] = [];
  for (let resumes = 0; resumes < 6; resumes++) {
    const row = await home.settle(
      ({ phase, hold }) => phase === "sealed" || (hold !== undefined && phase !== "thawing"),
    );
    if (row.phase === "sealed") return holds;
    holds.push(`${row.phase}: ${row.hold?.reason}`);
    if (row.phase === "cutover-ready") expectThawed(home);
    // What failed for a while has come back when a person resumes.
    home.clock.advance(10_000);
    await home.resume();
  }
  throw new Error(`held again and again: ${holds.join("; ")}`);
}

/** Every record exactly once, on both sides and by the group; nothing left but the sealed wave's own fence. */
function expectExactlyOnce({ estate }: Home): void {
  for (let beats = 0; beats < 3; beats++) estate.beat();
  estate.positions.set("api", "paused");
  estate.beat();
  const written = (topic: string): string[] =>
    estate.acknowledged.flatMap((one) => (one.topic === topic ? [one.record] : [])).sort();
  const processed = (group: string): string[] => [...(estate.processed.get(group) ?? [])].sort();
  for (const topic of ["payments", "payments-settled"]) {
    expect([...estate.recordsOn("target", topic)].sort()).toEqual(written(topic));
    const onSource = estate.recordsOn("source", topic);
    expect(new Set(onSource).size).toBe(onSource.length);
  }
  expect(processed("payments-settler")).toEqual(written("payments"));
  expect(written("payments-settled")).toEqual(written("payments").map((record) => `settler of ${record}`));
  expect(processed("payments-ledger")).toEqual([...written("payments"), ...written("payments-settled")].sort());
  expect(estate.fence().map((entry) => `${entry.principal} ${entry.operation} ${entry.resourceName}`)).toEqual([
    "User:payments-api WRITE payments",
    "User:payments-settler WRITE payments",
    "User:payments-api WRITE payments-settled",
    "User:payments-settler WRITE payments-settled",
  ]);
  expect(estate.connectors.size + estate.workers.size).toBe(0);
  expect(estate.target.acls.filter((entry) => entry.principal.startsWith("User:mirror"))).toEqual([]);
  expect(estate.source.acls.filter((entry) => entry.principal.startsWith("User:mirror"))).toEqual([]);
}

type Known = { readonly name: string; readonly index: number; readonly phase: Phase };

/** A wave's effects in order, and of its reads each kind once in each phase, by their number among all calls. */
async function callsOfAWave(): Promise<{ readonly effects: readonly Known[]; readonly reads: readonly Known[] }> {
  const home = await startHome();
  const effects: Known[] = [];
  const reads = new Map<string, Known>();
  let index = -1;
  home.estate.around = {
    before: async (call) => {
      index += 1;
      const { phase } = await home.row();
      const known = `${phase} ${call.name}`;
      if (isEffect(call)) effects.push({ name: call.name, index: effects.length, phase });
      else if (!reads.has(known)) reads.set(known, { name: call.name, index, phase });
    },
  };
  await home.reach("sealed");
  return { effects, reads: [...reads.values()] };
}
const { effects, reads } = await callsOfAWave();
const frozen = effects.filter(({ phase }) => canThaw(phase));

type Meets = (call: Call) => void | Promise<void>;
/** Lets the call of that number, of those that count, meet what a test wants, once. */
function at(home: Home, index: number, when: "before" | "after", meets: Meets, counts = isEffect): void {
  let seen = -1;
  home.estate.around = {
    [when]: async (call: Call) => {
      if (!counts(call)) return;
      seen += 1;
      if (seen === index) await meets(call);
    },
  };
}

describe("a wave, from its start to its seal", () => {
  it("loses, skips and repeats nothing, and leaves nothing but its own fence", async () => {
    const home = await startHome();
    expect(await home.reach("sealed")).toMatchObject({ phase: "sealed", run: 1, attempt: 1 });
    expect(new Set(home.estate.acknowledged.map((one) => one.side))).toEqual(new Set(["source", "target"]));
    expectExactlyOnce(home);
    await home.tick();
    expect(home.announced.map((entry) => entry.event)).toEqual(await home.events());
  });

  it("has effects of every kind to fail at", () => {
    expect(new Set(effects.map((effect) => effect.name)).size).toBeGreaterThan(15);
    expect(new Set(frozen.map((effect) => effect.phase))).toEqual(
      new Set(["freezing", "draining", "moving-producers"]),
    );
    expect(reads.length).toBeGreaterThan(50);
  });
});

describe("a failure at each effect of a wave", () => {
  it.each(effects)("its process is killed right after $name ($index)", async ({ index }) => {
    const home = await startHome();
    at(home, index, "after", () => {
      home.estate.isKilled = true;
    });
    await home.reach("sealed");
    await finish(home);
    expectExactlyOnce(home);
  });

  it.each(effects)("$name is refused ($index): it holds or thaws, and goes on after the cure", async ({ index }) => {
    const home = await startHome();
    at(home, index, "before", ({ name }) => {
      throw new OperatorFault(`${name} is refused: grant it`);
    });
    await home.reach("sealed");
    expect((await finish(home)).join()).toContain("grant it");
    expectExactlyOnce(home);
  });

  it.each(effects)("the answer of $name is lost ($index)", async ({ index }) => {
    const home = await startHome();
    at(home, index, "after", ({ name }) => {
      throw new RetryableFault(`${name}: no answer`);
    });
    await home.reach("sealed");
    await finish(home);
    expectExactlyOnce(home);
  });

  it.each(effects)("$name fails from then on, for twenty seconds ($index)", async ({ index }) => {
    const home = await startHome();
    let until: number | undefined;
    let name = "";
    at(home, index, "before", (call) => {
      until = home.clock.now() + 20_000;
      name = call.name;
    });
    const first = home.estate.around.before;
    home.estate.around = {
      before: async (call) => {
        if (until === undefined) await first?.(call);
        if (until !== undefined && call.name === name && home.clock.now() < until)
          throw new RetryableFault(`${name}: unreachable`);
      },
    };
    await home.reach("sealed");
    await finish(home);
    expectExactlyOnce(home);
  });
});

describe("a failure at each read of a wave", () => {
  it.each(reads)("$name fails in $phase", async ({ index }) => {
    const home = await startHome();
    const anything = () => true;
    at(
      home,
      index,
      "before",
      ({ name }) => {
        throw new RetryableFault(`${name}: unreachable`);
      },
      anything,
    );
    await home.reach("sealed");
    await finish(home);
    expectExactlyOnce(home);
  });
});

const thaw = async (home: Home): Promise<void> => {
  await orderThaw(home.deps, REF, { person: "olga", reason: "stop", invocationEndsAt: home.invocationEndsAt() });
};

describe("somebody else right before each effect of a wave", () => {
  it.each(effects)("a tick, twice, before $name ($index)", async ({ index }) => {
    const home = await startHome();
    at(home, index, "before", async () => {
      await Promise.all([home.tick(), home.tick()]);
    });
    await home.reach("sealed");
    expect(await finish(home)).toEqual([]);
    expectExactlyOnce(home);
  });

  it.each(effects)("a person holds before $name ($index)", async ({ index }) => {
    const home = await startHome();
    at(home, index, "before", async () => {
      await holdWave(home.deps, REF, "olga", "lunch");
    });
    await home.reach("sealed");
    await finish(home);
    expectExactlyOnce(home);
  });

  it.each(frozen)("the same invocation is delivered again before $name ($index)", async ({ index }) => {
    const home = await startHome();
    const outcomes: unknown[] = [];
    at(home, index, "before", async () => {
      const again = cutOver(home.deps, { ...(await home.run()), invocationEndsAt: home.invocationEndsAt() });
      outcomes.push(await again.catch((error: unknown) => error));
    });
    await home.reach("sealed");
    expect(await finish(home)).toEqual([]);
    expect(outcomes).toEqual([expect.any(StepLeased)]);
    expectExactlyOnce(home);
  });

  it.each(frozen)("a person thaws before $name ($index)", async ({ index }) => {
    const home = await startHome();
    at(home, index, "before", async () => {
      await thaw(home);
    });
    await home.reach("sealed");
    await finish(home);
    expectExactlyOnce(home);
  });

  it.each(frozen)(
    "a person thaws before $name ($index), which still happens, and then its process is gone",
    async ({ index }) => {
      const home = await startHome();
      const seen = { thaws: 0 };
      at(home, index, "before", async () => {
        await thaw(home);
        seen.thaws += 1;
        home.estate.around = {
          after: () => {
            home.estate.around = {};
            home.estate.isKilled = true;
          },
        };
      });
      await home.reach("sealed");
      await home.tick();
      expect(seen.thaws).toBe(1);
      // Its producers may stand still or be sent where they may not write; nothing that could lose or repeat a record stands.
      const row = await home.row();
      expect(row).toMatchObject({ phase: "cutover-ready", hold: { kind: "thawed-by-person", by: "olga" } });
      const { estate } = home;
      expect(estate.fence()).toEqual([]);
      expect(estate.connectors.get(FORWARD)?.isRunning).toBe(true);
      expect(estate.connectors.get(REVERSE)?.isRunning).toBe(false);
      await home.resume();
      await finish(home);
      expectExactlyOnce(home);
    },
  );

  it.each(frozen)("its time passes and the timer takes over before $name ($index)", async ({ index }) => {
    const home = await startHome();
    at(home, index, "before", async () => {
      home.clock.advance(90_000);
      home.engine.lose(await home.run());
      await home.tick();
    });
    await home.reach("sealed");
    await finish(home);
    expectExactlyOnce(home);
  });
});
