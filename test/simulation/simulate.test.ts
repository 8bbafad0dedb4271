/** Whole migrations under faults, by seed: `npm run bench:simulate -- --seed N` replays one with what happened in it. */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, describe, expect, it } from "vitest";
import { CRASH_POINTS } from "#use-cases/crash-point-list.ts";
import { nameOf, OUT_OF_REACH, TARGETS, UNREACHED } from "./crash-targets.ts";
import { FAULTS } from "./fault-plan.ts";
import { MOVES } from "./lifecycle-moves.ts";
import { sumOf, type Totals } from "./many-seeds.ts";
import { simulate } from "./simulate.ts";

const SEEDS = 500;
const WORKER = fileURLToPath(new URL("worker.ts", import.meta.url));

describe(`${SEEDS} simulated migrations`, () => {
  let totals: Totals;
  beforeAll(async () => {
    // Two processes: one for each core, beside whatever else is tested.
    const parts = [1, 1 + SEEDS / 2].map(async (from) => {
      const { stdout } = await promisify(execFile)(process.execPath, [WORKER, String(from), String(SEEDS / 2)]);
      return JSON.parse(stdout) as Totals;
    });
    totals = sumOf(await Promise.all(parts));
    expect(totals.seeds).toBe(SEEDS);
  }, 300_000);

  it("break no invariant, and every wave ends", () => {
    expect(totals.failed.map(({ seed, violation }) => `seed ${seed}: ${violation}`)).toEqual([]);
    expect(Object.keys(totals.ended).sort()).toEqual(["aborted", "rolled-back", "sealed"]);
  });

  it("make every move of the lifecycle table", () => {
    expect([...MOVES].filter((move) => totals.moves[move] === undefined)).toEqual([]);
  });

  it("meet every kind of fault", () => {
    expect(FAULTS.filter((fault) => totals.struck[fault] === undefined)).toEqual([]);
  });

  it("lose a process at each named crash point", () => {
    const missed = TARGETS.map(nameOf).filter((point) => totals.crashedAt[point] === undefined);
    expect(missed).toEqual([]);
  });
});

describe("a simulation", () => {
  it("is the same each time, traced or not", async () => {
    const { trace, ...traced } = await simulate(7, { isTraced: true });
    const { trace: none, ...untraced } = await simulate(7);
    expect(untraced).toEqual(traced);
    expect(none).toEqual([]);
    expect((await simulate(7, { isTraced: true })).trace).toEqual(trace);
    expect((await simulate(8, { isTraced: true })).trace).not.toEqual(trace);
  });

  it("leaves out no use case but with a reason", () => {
    const named = Object.keys(CRASH_POINTS);
    expect(Object.keys(OUT_OF_REACH).filter((useCase) => !named.includes(useCase))).toEqual([]);
    const effects = Object.entries(CRASH_POINTS).flatMap(([useCase, made]) =>
      made.map((effect) => `${useCase}/${effect}`),
    );
    expect(Object.keys(UNREACHED).filter((effect) => !effects.includes(effect))).toEqual([]);
  });
});
