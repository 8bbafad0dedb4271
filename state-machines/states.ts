/** What both state machines are made of. */
export type State = Readonly<Record<string, unknown>>;

export const RUN = { "migration.$": "$.migration", "wave.$": "$.wave", "attempt.$": "$.attempt", "run.$": "$.run" };
/** Longer than any lease, so that whoever takes a step up again finds it free. */
export const STEP_TIMEOUT_SECONDS = 120;

/** Faults that pass by themselves, by the names that handlers throw and that Lambda gives. */
export const RETRY = [
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

export const invoke = (functionName: string, payload: State): State => ({
  Type: "Task",
  Resource: "arn:aws:states:::lambda:invoke",
  Parameters: { FunctionName: `\${${functionName}}`, Payload: payload },
});

/** A Choice's branch for one stored phase. */
export const isPhase = (phase: string, next: string): State => ({
  Variable: "$.now.phase",
  StringEquals: phase,
  Next: next,
});

export const again = { ResultPath: null, Next: "WhereNow" };
export const failedInto = (next: string): readonly State[] => [
  { ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: next },
];

/** Both machines begin by asking the row: `WhereNow` and a Choice on the stored phase. */
export const asking = (choices: readonly State[], otherwise: string): Readonly<Record<string, State>> => ({
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
    Choices: [{ Variable: "$.now.turn", StringEquals: "over", Next: "Over" }, ...choices],
    Default: otherwise,
  },
});

export const ended: Readonly<Record<string, State>> = {
  Hold: {
    ...invoke("steps-hold", { ...RUN, "error.$": "$.error" }),
    TimeoutSeconds: STEP_TIMEOUT_SECONDS,
    Retry: RETRY,
    ...again,
  },
  Over: { Type: "Succeed" },
};

export const machineText = (machine: State): string => `${JSON.stringify(machine, null, 2)}\n`;
