import { readFileSync } from "node:fs";
import validateAsl from "asl-validator";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { RetryableFault } from "#core/fault.ts";
import { policySchema } from "#core/migration/defaults.ts";
import {
  CUTOVER_STEPS,
  LIFECYCLE,
  type LifecycleRow,
  PHASES,
  type Phase,
  stepRow,
  THAW,
} from "#core/wave/lifecycle.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { waveMachineFile, waveMachineText } from "#state-machines/wave-machine.ts";
import { StepLeased } from "#use-cases/run-step.ts";

const retrySchema = z.object({
  ErrorEquals: z.array(z.string()),
  MaxAttempts: z.number(),
  IntervalSeconds: z.number(),
});
const stateSchema = z.object({
  Type: z.enum(["Task", "Choice", "Succeed", "Fail"]),
  Parameters: z.object({ FunctionName: z.string(), Payload: z.record(z.string(), z.unknown()) }).optional(),
  Choices: z.array(z.object({ Variable: z.string(), StringEquals: z.string(), Next: z.string() })).optional(),
  Default: z.string().optional(),
  Next: z.string().optional(),
  TimeoutSeconds: z.number().optional(),
  Retry: z.array(retrySchema).optional(),
  Catch: z.array(z.object({ ErrorEquals: z.array(z.string()), Next: z.string() })).optional(),
});
type State = z.output<typeof stateSchema>;

const text = readFileSync(waveMachineFile, "utf8");
const machine = z.object({ StartAt: z.string(), States: z.record(z.string(), stateSchema) }).parse(JSON.parse(text));
const stateAt = (name: string): State => {
  const state = machine.States[name];
  if (state === undefined) throw new Error(`no state ${name}`);
  return state;
};
const functionOf = (state: State): string | undefined => /^\$\{(.+)\}$/.exec(state.Parameters?.FunctionName ?? "")?.[1];
const tasks = Object.entries(machine.States).filter(([, state]) => state.Type === "Task");

describe("the committed state machine", () => {
  it("is what the lifecycle table gives (npm run derive writes it anew)", () => {
    expect(text).toBe(waveMachineText());
  });

  it("is valid ASL, also with real ARNs in place of the names", () => {
    const arn = (name: string) => `arn:aws:lambda:eu-west-1:000000000000:function:${name}`;
    const deployed: unknown = JSON.parse(text.replaceAll(/\$\{([^}]+)\}/g, (_all, name: string) => arn(name)));
    for (const definition of [JSON.parse(text), deployed])
      expect(validateAsl(definition)).toMatchObject({ isValid: true, errors: [] });
  });

  it("asks functions of the manifest only, and each steps-function of the manifest is asked", () => {
    const asked = new Set(tasks.map(([, state]) => functionOf(state)));
    const known = FUNCTIONS.filter((entry) => entry.invokedBy.kind === "state-machine").map((entry) => entry.name);
    expect(asked).toEqual(new Set(known));
    for (const name of known) expect(name).toMatch(/^steps-/);
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

/** Where the machine's choice leads for a stored phase. */
function choose(phase: string, turn: "mine" | "over" = "mine"): string {
  const now: Record<string, string> = { "$.now.phase": phase, "$.now.turn": turn };
  const { Choices = [], Default } = stateAt("Choose");
  const found = Choices.find((choice) => now[choice.Variable] === choice.StringEquals)?.Next ?? Default;
  if (found === undefined) throw new Error("a choice without a default");
  return found;
}

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
  let name = machine.StartAt;
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
    // A sealed wave is at rest: its turn is over, whatever its phase.
    if (phase === "sealed") expect(chosen).toBe("UnknownPhase");
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
