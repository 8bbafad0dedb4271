import { describe, expect, it } from "vitest";
import { OperatorFault } from "#core/fault.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { Deps } from "#use-cases/ports/deps.ts";
import { runStep } from "#use-cases/run-step.ts";
import { standingClock } from "../in-memory/clock.ts";
import { InMemoryEstate } from "../in-memory/estate.ts";
import { migration, POSTING } from "../in-memory/migration.ts";
import { inMemoryWaveStore } from "../in-memory/wave-store.ts";

const ref = { migration: "shop", wave: "payments" };
const file = migration({ policy: { leaseSeconds: 20, pollMilliseconds: 1000 } });

const startedWave = async () => {
  const clock = standingClock();
  const store = inMemoryWaveStore();
  await store.createMigration(file, [plannedRow(ref, clock.now())], POSTING);
  const row = await store.wave(ref);
  if (row === undefined) throw new Error("no row");
  const gate = { step: "start", run: 1, token: "t", openedAt: clock.now(), passedAt: clock.now() } as const;
  await store.write(row, { ...row, run: 1, gate }, [{ event: "WaveStarted", by: "olga" }], clock.now());
  let ids = 0;
  const deps: Deps = {
    store,
    clock,
    engine: { start: async () => undefined, isRunning: async () => true, sendToken: async () => "accepted" },
    ticks: { requestTick: async () => undefined },
    deadlines: { schedule: async () => undefined, cancel: async () => undefined },
    alarms: { describe: async () => new Map() },
    newId: () => `id-${++ids}`,
    hash: (text) => text,
    estate: async () => new InMemoryEstate(file, clock.now).ports(),
  };
  const waitsFor = (what: string, boundSeconds: number) =>
    runStep(
      deps,
      { ...ref, attempt: 1, run: 1, step: "start", invocationEndsAt: clock.now() + 60_000 },
      async (context) => {
        await context.waitFor(
          what,
          boundSeconds,
          async () => undefined,
          () => new OperatorFault(`${what} did not come in ${boundSeconds} s`),
        );
        return {};
      },
    );
  return { clock, store, waitsFor };
};

describe("a bound longer than one invocation", () => {
  it("is reached over several of them, and the wave holds", async () => {
    const { clock, store, waitsFor } = await startedWave();
    const begun = clock.now();
    const outcomes = [];
    do outcomes.push((await waitsFor("the workers", 40)).outcome);
    while (outcomes.at(-1) === "yielded" && outcomes.length < 10);

    expect(outcomes).toEqual(["yielded", "yielded", "held"]);
    expect(clock.now() - begun).toBe(40_000);
    expect((await store.wave(ref))?.hold?.reason).toBe("the workers did not come in 40 s");
    expect((await store.journal(ref)).filter((entry) => entry.event === "StepYielded")[0]?.details).toEqual({
      step: "start",
      waitsFor: "the workers",
    });
  });

  it("begins anew for another wait", async () => {
    const { waitsFor } = await startedWave();
    expect((await waitsFor("the workers", 20)).outcome).toBe("yielded");
    expect((await waitsFor("the connector", 20)).outcome).toBe("yielded");
    expect((await waitsFor("the connector", 20)).outcome).toBe("held");
  });
});
