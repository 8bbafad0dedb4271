/** The wave's state machine, derived from the lifecycle table: one state per step, one waiting state per row with gates. */
import { CUTOVER_STEPS, LIFECYCLE, type LifecycleRow, THAW } from "#core/wave/lifecycle.ts";

type State = Readonly<Record<string, unknown>>;

const RUN = { "migration.$": "$.migration", "wave.$": "$.wave", "attempt.$": "$.attempt", "run.$": "$.run" };
/** Longer than any lease, so that whoever takes a step up again finds it free. */
const STEP_TIMEOUT_SECONDS = 120;
/** A year, the longest that an execution may last: a gate waits for people. */
const GATE_TIMEOUT_SECONDS = 31_536_000;

/** Faults that pass by themselves, by the names that handlers throw and that Lambda gives. */
const RETRY = [
  { ErrorEquals: ["StepLeased"], IntervalSeconds: 2, MaxAttempts: 60, BackoffRate: 1 },
  {
    ErrorEquals: [
      "RetryableFault",
      "Runtime.ExitError",
      "Sandbox.Timedout",
      "Lambda.ServiceException",
      "Lambda.AWSLambdaException",
      "Lambda.SdkClientException",
      "Lambda.TooManyRequestsException",
      "States.Timeout",
    ],
    IntervalSeconds: 1,
    MaxAttempts: 6,
    BackoffRate: 2,
    MaxDelaySeconds: 10,
  },
];

const invoke = (functionName: string, payload: State): State => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName: `\${${functionName}}`, Payload: payload },
});

const isCutover = (row: LifecycleRow): boolean => (CUTOVER_STEPS as readonly string[]).includes(row.step);
const stateOf = (row: LifecycleRow): string => (isCutover(row) ? "Cutover" : pascal(row.step));
const gateStateOf = (row: LifecycleRow): string => `GatesBefore${pascal(row.step)}`;
const pascal = (name: string): string =>
  name.replace(/(^|-)([a-z])/g, (_all, _dash, letter: string) => letter.toUpperCase());
const isPhase = (phase: string, next: string): State => ({ Variable: "$.now.phase", StringEquals: phase, Next: next });

/** Where each stored phase goes on. A freeze that this state finds is nobody's any more: it thaws. */
function choices(): readonly State[] {
  const found: State[] = [];
  const thawing = new Set<string>([...THAW.from.filter((phase) => phase !== "moving-producers"), THAW.doing]);
  for (const phase of thawing) found.push(isPhase(phase, "Thaw"));
  for (const row of LIFECYCLE) {
    if (!thawing.has(row.from)) found.push(isPhase(row.from, row.gates.length > 0 ? gateStateOf(row) : stateOf(row)));
    if (!thawing.has(row.doing)) found.push(isPhase(row.doing, stateOf(row)));
  }
  return found;
}

const again = { ResultPath: null, Next: "WhereNow" };
const failedInto = (next: string): readonly State[] => [
  { ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: next },
];

export function waveMachine(): State {
  const states: Record<string, State> = {
    WhereNow: {
      ...invoke("steps-where-now", RUN),
      ResultSelector: { "phase.$": "$.Payload.phase", "turn.$": "$.Payload.turn" },
      ResultPath: "$.now",
      TimeoutSeconds: STEP_TIMEOUT_SECONDS,
      Retry: RETRY,
      Next: "Choose",
    },
    Choose: {
      Type: "Choice",
      Choices: [{ Variable: "$.now.turn", StringEquals: "over", Next: "Over" }, ...choices()],
      Default: "UnknownPhase",
    },
  };
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
  states["Hold"] = {
    ...invoke("steps-hold", { ...RUN, "error.$": "$.error" }),
    TimeoutSeconds: STEP_TIMEOUT_SECONDS,
    Retry: RETRY,
    ...again,
  };
  states["Over"] = { Type: "Succeed" };
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
export const waveMachineText = (): string => `${JSON.stringify(waveMachine(), null, 2)}\n`;
