import { describe, expect, it } from "vitest";
import { isTurnPhase, PHASES, TURNS } from "#core/wave/lifecycle.ts";
import { functionOf, wayBackMachineAsCommitted } from "./machine.ts";

const { startAt, stateAt, choose, tasks } = wayBackMachineAsCommitted;
const FUNCTION_OF_TURN = {
  "roll-back": "steps-roll-back",
  return: "steps-roll-back",
  withdraw: "steps-roll-back",
  abort: "steps-abort",
} as const;

describe("a run of the way back", () => {
  it("asks the row first", () => {
    expect(functionOf(stateAt(startAt))).toBe("steps-where-now");
    expect(stateAt(startAt).Next).toBe("Choose");
  });

  it.each(PHASES)("has its own turn for phase %s, or touches nothing", (phase) => {
    if (isTurnPhase(phase)) expect(functionOf(stateAt(choose(phase)))).toBe(FUNCTION_OF_TURN[TURNS[phase]]);
    else expect(choose(phase)).toBe("Over");
    expect(choose(phase, "over")).toBe("Over");
    expect(stateAt("Over").Type).toBe("Succeed");
  });

  it("asks the row again after every turn", () => {
    for (const [name, state] of tasks.filter(([one]) => one !== startAt)) expect(state.Next, name).toBe(startAt);
  });

  it("never lets clients stand still for a failure: it waits a little and takes the turn up again; an abort holds", () => {
    const anything = (next: string) => [expect.objectContaining({ ErrorEquals: ["States.ALL"], Next: next })];
    expect(stateAt(choose("rolling-back")).Catch).toEqual(anything("Pause"));
    expect(stateAt("Pause")).toMatchObject({ Type: "Wait", Next: startAt });
    expect(stateAt(choose("aborting")).Catch).toEqual(anything("Hold"));
    expect(functionOf(stateAt("Hold"))).toBe("steps-hold");
  });
});
