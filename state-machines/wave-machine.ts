/** The wave's state machine, derived from the lifecycle table: one state per step, one waiting state per row with gates. */
import { CUTOVER_STEPS, LIFECYCLE, type LifecycleRow, PHASES, THAW } from "#core/wave/lifecycle.ts";
import {
  again,
  asking,
  ended,
  failedInto,
  invoke,
  isPhase,
  machineText,
  RETRY,
  RUN,
  STEP_TIMEOUT_SECONDS,
  type State,
} from "./states.ts";

/** A year, the longest that an execution may last: a gate waits for people. */
const GATE_TIMEOUT_SECONDS = 31_536_000;

const isCutover = (row: LifecycleRow): boolean => (CUTOVER_STEPS as readonly string[]).includes(row.step);
const stateOf = (row: LifecycleRow): string => (isCutover(row) ? "Cutover" : pascal(row.step));
const gateStateOf = (row: LifecycleRow): string => `GatesBefore${pascal(row.step)}`;
const pascal = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase());
/** Where each stored phase goes on. A freeze that this state finds is nobody's any more: it thaws. */
function choices(): readonly State[] {
  const found: State[] = [];
  const thawing = new Set<string>([...THAW.from.filter((phase) => phase !== "moving-producers"), THAW.doing]);
  for (const phase of thawing) found.push(isPhase(phase, "Thaw"));
  for (const row of LIFECYCLE) {
    if (!thawing.has(row.from)) found.push(isPhase(row.from, row.gates.length > 0 ? gateStateOf(row) : stateOf(row)));
    if (!thawing.has(row.doing)) found.push(isPhase(row.doing, stateOf(row)));
  }
  // At rest, or another machine's: known, and not this run's to touch.
  const known = new Set(found.map((choice) => choice["StringEquals"]));
  for (const phase of PHASES) if (!known.has(phase)) found.push(isPhase(phase, "Over"));
  return found;
}

export function waveMachine(): State {
  const states: Record<string, State> = { ...asking(choices(), "UnknownPhase") };
  for (const row of LIFECYCLE) {
    if (row.gates.length > 0)
      states[gateStateOf(row)] = {
        Type: "Task",
        Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
        Parameters: {
          FunctionName: "${steps-open-gate}",
          Payload: { ...RUN, step: row.step, "token.$": "$$.Task.Token" },
        },
        TimeoutSeconds: GATE_TIMEOUT_SECONDS,
        Retry: RETRY,
        ResultPath: null,
        Next: stateOf(row),
      };
    if (isCutover(row)) continue;
    states[stateOf(row)] = {
      ...invoke(`steps-${row.step}`, RUN),
      TimeoutSeconds: STEP_TIMEOUT_SECONDS,
      Retry: RETRY,
      Catch: failedInto("Hold"),
      ...again,
    };
  }
  states["Cutover"] = {
    ...invoke("steps-cutover", RUN),
    TimeoutSeconds: STEP_TIMEOUT_SECONDS,
    // Nothing else is tried again: whatever happened to the handler, its freeze is lifted first.
    Retry: [RETRY[0]],
    Catch: failedInto("ThawAfterFailure"),
    ...again,
  };
  const thaw = (payload: State): State => ({
    ...invoke("steps-thaw", payload),
    TimeoutSeconds: STEP_TIMEOUT_SECONDS,
    Retry: [
      RETRY[0],
      { ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxAttempts: 30, BackoffRate: 1.5, MaxDelaySeconds: 10 },
    ],
    ...again,
  });
  states["Thaw"] = thaw(RUN);
  states["ThawAfterFailure"] = thaw({ ...RUN, "error.$": "$.error" });
  Object.assign(states, ended);
  states["UnknownPhase"] = {
    Type: "Fail",
    Error: "UnknownPhase",
    Cause: "the wave's stored phase is none of the lifecycle table; nothing was touched",
  };
  return {
    Comment: "One run of a wave. Derived from core/wave/lifecycle.ts; write it anew with npm run derive.",
    StartAt: "WhereNow",
    States: states,
  };
}

export const waveMachineFile = new URL("./wave.asl.json", import.meta.url);
export const waveMachineText = (): string => machineText(waveMachine());
