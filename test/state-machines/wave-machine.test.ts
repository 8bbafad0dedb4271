import { describe, expect, it } from "vitest";
import {
  CUTOVER_STEPS,
  isTurnPhase,
  LIFECYCLE,
  type LifecycleRow,
  PHASES,
  type Phase,
  stepRow,
  THAW,
} from "#core/wave/lifecycle.ts";
import { functionOf, waveMachineAsCommitted } from "./machine.ts";

const { startAt, stateAt, choose } = waveMachineAsCommitted;

describe("the committed state machine of a wave", () => {
  it("never tries a cutover again that failed, and catches every failure of a step", () => {
    expect(stateAt("Cutover").Retry?.flatMap((retry) => retry.ErrorEquals)).toEqual(["StepLeased"]);
    expect(stateAt("Cutover").Catch).toEqual([
      expect.objectContaining({ ErrorEquals: ["States.ALL"], Next: "ThawAfterFailure" }),
    ]);
    for (const row of LIFECYCLE.filter((r) => !isCutover(r)))
      expect(stateAt(choose(row.doing)).Catch, row.step).toEqual([
        expect.objectContaining({ ErrorEquals: ["States.ALL"], Next: "Hold" }),
      ]);
  });
});

const isCutover = (row: LifecycleRow): boolean => (CUTOVER_STEPS as readonly string[]).includes(row.step);

/** What a successful invocation does to the stored phase. */
const succeeded = (name: string, phase: Phase): Phase => {
  const step = LIFECYCLE.find((row) => name === `steps-${row.step}`);
  if (step !== undefined) return step.to;
  if (name === "steps-cutover") return stepRow("move-producers").to;
  if (name === "steps-thaw") return THAW.to;
  return phase;
};

/** The states that one run passes from a stored phase on, until it ends or is at `until`. */
function walk(from: Phase, until: Phase): readonly string[] {
  let phase = from;
  let name = startAt;
  const passed: string[] = [];
  for (let moves = 0; moves < 50; moves++) {
    passed.push(name);
    const state = stateAt(name);
    if (state.Type === "Succeed" || state.Type === "Fail") return passed;
    if (state.Type === "Choice") {
      if (phase === until) return passed;
      name = choose(phase);
      continue;
    }
    phase = succeeded(functionOf(state) ?? "", phase);
    name = state.Next ?? "";
  }
  throw new Error(`no end: ${passed.join(" → ")}`);
}

describe("a run of the machine", () => {
  it.each(PHASES)("has a choice for phase %s", (phase) => {
    const chosen = choose(phase);
    // At rest, or on its way back by the other machine: this run is over, and touches nothing.
    const isForeign = isTurnPhase(phase) || ["sealed", "rolled-back", "aborted"].includes(phase);
    if (isForeign) expect(chosen).toBe("Over");
    else expect(stateAt(chosen).Type).toBe("Task");
    expect(choose(phase, "over")).toBe("Over");
  });

  it("touches nothing in a phase that the table does not know", () => {
    expect(choose("melting")).toBe("UnknownPhase");
    expect(stateAt("UnknownPhase").Type).toBe("Fail");
  });

  it.each(LIFECYCLE.filter((row) => !isCutover(row)))("goes from $from through $step to $to", (row) => {
    const states = walk(row.from, row.to).map((name) => functionOf(stateAt(name)) ?? name);
    const gates = row.gates.length > 0 ? ["steps-open-gate"] : [];
    expect(states).toEqual(["steps-where-now", "Choose", ...gates, `steps-${row.step}`, "steps-where-now", "Choose"]);
  });

  it("goes from cutover-ready through gates and one single invocation to producers-moved", () => {
    expect(walk("cutover-ready", "producers-moved").map((name) => functionOf(stateAt(name)) ?? name)).toEqual([
      "steps-where-now",
      "Choose",
      "steps-open-gate",
      "steps-cutover",
      "steps-where-now",
      "Choose",
    ]);
  });

  it("goes from planned to sealed through every row in order", () => {
    const asked = walk("planned", "sealed").map((name) => functionOf(stateAt(name)));
    const steps = asked.filter((name) => name !== undefined && !["steps-where-now", "steps-open-gate"].includes(name));
    expect(steps).toEqual([
      "steps-start",
      "steps-move-consumers",
      "steps-prepare-cutover",
      "steps-cutover",
      "steps-seal",
    ]);
  });

  it.each(["freezing", "frozen", "draining", "drained", "thawing"] as const)(
    "thaws a wave that it finds %s: nobody works on that freeze",
    (phase) => {
      expect(functionOf(stateAt(choose(phase)))).toBe("steps-thaw");
      expect(walk(phase, THAW.to)).toHaveLength(5);
    },
  );

  it("goes on with producers that may have moved, and takes a doing-phase up without its gates", () => {
    expect(choose("moving-producers")).toBe("Cutover");
    for (const row of LIFECYCLE.filter((r) => !isCutover(r)))
      expect(functionOf(stateAt(choose(row.doing))), row.doing).toBe(`steps-${row.step}`);
  });
});
