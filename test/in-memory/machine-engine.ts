import { z } from "zod";
import type { MachineName } from "#core/wave/lifecycle.ts";
import type { Clock } from "#use-cases/ports/clock.ts";
import type { Engine, RunRef } from "#use-cases/ports/engine.ts";

const stateSchema = z.object({
  Type: z.enum(["Task", "Choice", "Wait", "Succeed", "Fail"]),
  Resource: z.string().optional(),
  Parameters: z.object({ FunctionName: z.string(), Payload: z.record(z.string(), z.string()) }).optional(),
  Choices: z.array(z.object({ Variable: z.string(), StringEquals: z.string(), Next: z.string() })).optional(),
  Default: z.string().optional(),
  Seconds: z.number().optional(),
  Next: z.string().optional(),
  ResultPath: z.string().nullable().optional(),
  Retry: z
    .array(
      z.object({
        ErrorEquals: z.array(z.string()),
        IntervalSeconds: z.number(),
        MaxAttempts: z.number(),
        BackoffRate: z.number().optional(),
        MaxDelaySeconds: z.number().optional(),
      }),
    )
    .optional(),
  Catch: z.array(z.object({ ErrorEquals: z.array(z.string()), Next: z.string() })).optional(),
});
const machineSchema = z.object({ StartAt: z.string(), States: z.record(z.string(), stateSchema) });
type State = z.output<typeof stateSchema>;

type Handler = (payload: Readonly<Record<string, unknown>>) => Promise<unknown>;
type Execution = {
  readonly name: string;
  readonly machine: MachineName;
  data: Record<string, unknown>;
  state: string;
  token?: string | undefined;
  isFollowed: boolean;
};

/** As many moves of one execution as no wave needs: a machine that goes round for ever is found out. */
const MOST_MOVES = 200;

/** Parsed once: every engine plays the same. */
const parsed = new WeakMap<object, z.output<typeof machineSchema>>();
const machineOf = (machine: unknown): z.output<typeof machineSchema> => {
  if (typeof machine !== "object" || machine === null) return machineSchema.parse(machine);
  const known = parsed.get(machine) ?? machineSchema.parse(machine);
  parsed.set(machine, known);
  return known;
};

/** Plays the derived state machines over plain functions: retries, catches, choices and task tokens, as far as it uses them. */
export class MachineEngine implements Engine {
  private readonly machines: Readonly<Record<MachineName, z.output<typeof machineSchema>>>;
  private readonly handlers: Readonly<Record<string, Handler>>;
  private readonly clock: Clock;
  private readonly executions = new Map<string, Execution>();
  private tokens = 0;
  /** Every state that was entered, as `execution state`. */
  readonly entered: string[] = [];
  /** Told of an execution that can move on by itself, where nobody drives them one after the other. */
  onReady: ((name: string) => void) | undefined;
  private readonly started = new Set<string>();

  constructor(
    machines: Readonly<Record<MachineName, unknown>>,
    handlers: Readonly<Record<string, Handler>>,
    clock: Clock,
  ) {
    this.machines = {
      wave: machineOf(machines.wave),
      "way-back": machineOf(machines["way-back"]),
    };
    this.handlers = handlers;
    this.clock = clock;
  }

  private nameOf = ({ migration, wave, attempt, run }: RunRef): string => `${migration}-${wave}-${attempt}-${run}`;

  async start(run: RunRef, machine: MachineName = "wave"): Promise<void> {
    const name = this.nameOf(run);
    const { migration, wave, attempt } = run;
    if (this.started.has(name)) return;
    this.started.add(name);
    this.executions.set(name, {
      name,
      machine,
      state: this.machines[machine].StartAt,
      data: { migration, wave, attempt, run: run.run },
      isFollowed: false,
    });
    this.onReady?.(name);
  }

  isRunning = async (run: RunRef, machine: MachineName = "wave"): Promise<boolean> =>
    this.executions.get(this.nameOf(run))?.machine === machine;

  async sendToken(token: string): Promise<"accepted" | "refused"> {
    const waiting = [...this.executions.values()].find((execution) => execution.token === token);
    if (waiting === undefined) return "refused";
    waiting.token = undefined;
    waiting.state = this.stateAt(waiting).Next ?? "";
    this.onReady?.(waiting.name);
    return "accepted";
  }

  /** What an operator or a crash does to an execution. */
  lose(run: RunRef): void {
    this.forget(this.nameOf(run));
  }

  forget(name: string): void {
    this.executions.delete(name);
  }

  /** Executions that wait for a token. */
  waiting = (): readonly string[] =>
    [...this.executions.values()].filter((e) => e.token !== undefined).map((e) => e.name);

  /** Names of those that have not ended. */
  running = (): readonly string[] => [...this.executions.keys()];

  /** Moves every execution on until it waits for a token or has ended. */
  async drive(): Promise<void> {
    for (const name of this.running()) await this.follow(name);
  }

  /** Moves one execution on until it waits for a token or has ended; nothing where somebody does so already. */
  async follow(name: string, mostMoves = MOST_MOVES): Promise<void> {
    const execution = this.executions.get(name);
    if (execution === undefined || execution.isFollowed) return;
    execution.isFollowed = true;
    for (let moves = 0; execution.token === undefined && this.executions.get(name) === execution; moves++) {
      if (moves > mostMoves) throw new Error(`${name} goes round for ever: ${this.entered.slice(-8).join(", ")}`);
      await this.move(execution);
    }
    execution.isFollowed = false;
  }

  private stateAt(execution: Execution): State {
    const state = this.machines[execution.machine].States[execution.state];
    if (state === undefined) throw new Error(`no state ${execution.state}`);
    return state;
  }

  private async move(execution: Execution): Promise<void> {
    const state = this.stateAt(execution);
    this.entered.push(`${execution.name} ${execution.state}`);
    if (state.Type === "Succeed" || state.Type === "Fail") {
      this.executions.delete(execution.name);
      return;
    }
    if (state.Type === "Wait") {
      await this.clock.sleep((state.Seconds ?? 0) * 1000);
      execution.state = state.Next ?? "";
      return;
    }
    if (state.Type === "Choice") {
      const now = z.object({ phase: z.string(), turn: z.string() }).parse(execution.data["now"]);
      const value: Record<string, string> = { "$.now.phase": now.phase, "$.now.turn": now.turn };
      const chosen = state.Choices?.find((choice) => value[choice.Variable] === choice.StringEquals);
      execution.state = chosen?.Next ?? state.Default ?? "";
      return;
    }
    await this.task(execution, state);
  }

  private async task(execution: Execution, state: State): Promise<void> {
    const payload: Record<string, unknown> = {};
    const isWaiting = state.Resource?.endsWith(".waitForTaskToken") === true;
    const token = `token-${++this.tokens}`;
    for (const [key, value] of Object.entries(state.Parameters?.Payload ?? {}))
      if (key.endsWith(".$"))
        payload[key.slice(0, -2)] = value === "$$.Task.Token" ? token : execution.data[value.replace("$.", "")];
      else payload[key] = value;
    const name = /^\$\{(.+)\}$/.exec(state.Parameters?.FunctionName ?? "")?.[1] ?? "";
    const handler = this.handlers[name];
    if (handler === undefined) throw new Error(`no handler ${name}`);
    if (isWaiting) execution.token = token;
    const tried = new Map<number, number>();
    for (;;)
      try {
        const answer = await handler(payload);
        if (!this.isStillIn(execution, isWaiting, token)) return;
        if (state.ResultPath === "$.now") execution.data["now"] = answer;
        if (!isWaiting) execution.state = state.Next ?? "";
        return;
      } catch (error) {
        if (!this.isStillIn(execution, isWaiting, token)) return;
        const { name: errorName, message } = error instanceof Error ? error : new Error(String(error));
        const fits = (rule: { readonly ErrorEquals: readonly string[] }): boolean =>
          rule.ErrorEquals.includes(errorName) || rule.ErrorEquals.includes("States.ALL");
        const index = (state.Retry ?? []).findIndex(fits);
        const retry = state.Retry?.[index];
        const count = tried.get(index) ?? 0;
        if (retry !== undefined && count < retry.MaxAttempts) {
          tried.set(index, count + 1);
          const seconds = retry.IntervalSeconds * (retry.BackoffRate ?? 1) ** count;
          await this.clock.sleep(Math.min(seconds, retry.MaxDelaySeconds ?? seconds) * 1000);
          if (!this.isStillIn(execution, isWaiting, token)) return;
          continue;
        }
        execution.token = undefined;
        const caught = state.Catch?.find(fits);
        if (caught === undefined) {
          this.executions.delete(execution.name);
          return;
        }
        execution.data["error"] = { Error: errorName, Cause: JSON.stringify({ errorMessage: message }) };
        execution.state = caught.Next;
        return;
      }
  }

  /** An execution may be lost while its handler is at work, and its token may come before the handler that gave it has ended. */
  private isStillIn(execution: Execution, isWaiting: boolean, token: string): boolean {
    return this.executions.get(execution.name) === execution && (!isWaiting || execution.token === token);
  }
}
