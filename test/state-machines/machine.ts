import { readFileSync } from "node:fs";
import { z } from "zod";
import { waveMachineFile } from "#state-machines/wave-machine.ts";
import { wayBackMachineFile } from "#state-machines/way-back-machine.ts";

const retrySchema = z.object({
  ErrorEquals: z.array(z.string()),
  MaxAttempts: z.number(),
  IntervalSeconds: z.number(),
});
const stateSchema = z.object({
  Type: z.enum(["Task", "Choice", "Wait", "Succeed", "Fail"]),
  Parameters: z.object({ FunctionName: z.string(), Payload: z.record(z.string(), z.unknown()) }).optional(),
  Choices: z.array(z.object({ Variable: z.string(), StringEquals: z.string(), Next: z.string() })).optional(),
  Default: z.string().optional(),
  Next: z.string().optional(),
  TimeoutSeconds: z.number().optional(),
  Retry: z.array(retrySchema).optional(),
  Catch: z.array(z.object({ ErrorEquals: z.array(z.string()), Next: z.string() })).optional(),
});
export type State = z.output<typeof stateSchema>;
const machineSchema = z.object({ StartAt: z.string(), States: z.record(z.string(), stateSchema) });

/** The text of a committed state machine, and what a test asks of it. */
export function machineOf(file: URL) {
  const text = readFileSync(file, "utf8");
  const machine = machineSchema.parse(JSON.parse(text));
  const stateAt = (name: string): State => {
    const state = machine.States[name];
    if (state === undefined) throw new Error(`no state ${name}`);
    return state;
  };
  /** Where the machine's choice leads for a stored phase. */
  const choose = (phase: string, turn: "mine" | "over" = "mine"): string => {
    const now: Record<string, string> = { "$.now.phase": phase, "$.now.turn": turn };
    const { Choices = [], Default } = stateAt("Choose");
    const found = Choices.find((choice) => now[choice.Variable] === choice.StringEquals)?.Next ?? Default;
    if (found === undefined) throw new Error("a choice without a default");
    return found;
  };
  const tasks = Object.entries(machine.States).filter(([, state]) => state.Type === "Task");
  return { text, startAt: machine.StartAt, stateAt, choose, tasks };
}

export const functionOf = (state: State): string | undefined =>
  /^\$\{(.+)\}$/.exec(state.Parameters?.FunctionName ?? "")?.[1];

export const waveMachineAsCommitted = machineOf(waveMachineFile);
export const wayBackMachineAsCommitted = machineOf(wayBackMachineFile);
