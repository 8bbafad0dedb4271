import validateAsl from "asl-validator";
import { describe, expect, it } from "vitest";
import { RetryableFault } from "#core/fault.ts";
import { policySchema } from "#core/migration/defaults.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { waveMachineText } from "#state-machines/wave-machine.ts";
import { wayBackMachineText } from "#state-machines/way-back-machine.ts";
import { StepLeased } from "#use-cases/run-step.ts";
import { functionOf, waveMachineAsCommitted, wayBackMachineAsCommitted } from "./machine.ts";

const MACHINES = [
  { name: "wave", ...waveMachineAsCommitted, derived: waveMachineText() },
  { name: "way-back", ...wayBackMachineAsCommitted, derived: wayBackMachineText() },
];

describe.each(MACHINES)("the committed state machine $name", ({ text, tasks, derived }) => {
  it("is what the lifecycle table gives (npm run derive writes it anew)", () => {
    expect(text).toBe(derived);
  });

  it("is valid ASL, also with real ARNs in place of the names", () => {
    const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`;
    const deployed: unknown = JSON.parse(text.replaceAll(/\$\{([^}]+)\}/g, (_all, name: string) => arn(name)));
    for (const definition of [JSON.parse(text), deployed])
      expect(validateAsl(definition)).toMatchObject({ isValid: true, errors: [] });
  });

  it("hands on ids, a step, an error or a token, and nothing else", () => {
    for (const [name, state] of tasks)
      for (const key of Object.keys(state.Parameters?.Payload ?? {}))
        expect(["migration.$", "wave.$", "attempt.$", "run.$", "error.$", "step", "token.$"], name).toContain(key);
  });

  it("gives each state more time than its function has", () => {
    for (const [name, state] of tasks) {
      const timeout = FUNCTIONS.find((entry) => entry.name === functionOf(state))?.timeoutSeconds;
      expect(state.TimeoutSeconds, name).toBeGreaterThan(timeout ?? Number.POSITIVE_INFINITY);
    }
  });

  it("tries again what bears a fault's name or one that AWS documents", () => {
    const ours = [new RetryableFault("").name, new StepLeased("").name];
    const documented = [
      "Runtime.ExitError",
      "Sandbox.Timedout",
      "Lambda.ServiceException",
      "Lambda.AWSLambdaException",
      "Lambda.SdkClientException",
      "Lambda.TooManyRequestsException",
      "States.Timeout",
      "States.ALL",
    ];
    const named = tasks.flatMap(([, state]) => (state.Retry ?? []).flatMap((retry) => retry.ErrorEquals));
    for (const name of named) expect([...ours, ...documented]).toContain(name);
    for (const name of ours) expect(named).toContain(name);
  });

  it("waits out the longest lease before it gives up a step that another handler works on", () => {
    for (const [name, state] of tasks) {
      const leased = state.Retry?.find((retry) => retry.ErrorEquals.includes("StepLeased"));
      const leaseSeconds = (leased?.MaxAttempts ?? 0) * (leased?.IntervalSeconds ?? 0);
      expect(policySchema.safeParse({ leaseSeconds }).success, name).toBe(false);
      expect(policySchema.safeParse({ leaseSeconds: 80 }).success).toBe(true);
    }
  });
});

it("the state machines ask functions of the manifest only, and each steps-function of the manifest is asked", () => {
  const asked = new Set(MACHINES.flatMap(({ tasks }) => tasks.map(([, state]) => functionOf(state))));
  const known = FUNCTIONS.filter((entry) => entry.invokedBy.kind === "state-machine").map((entry) => entry.name);
  expect(asked).toEqual(new Set(known));
  for (const name of known) expect(name).toMatch(/^steps-/);
});
