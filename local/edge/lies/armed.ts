import { z } from "zod";

const milliseconds = z.number().int().min(0).max(600_000);

/** What is done with every event that the edge delivers to these functions. */
const deliveriesSchema = z.strictObject({
  functions: z.array(z.string().min(1)).min(1),
  /** Beside the delivery itself. */
  copies: z.number().int().min(0).max(10),
  /** Each copy comes at a moment of its own within this time, so that they overtake each other and what comes after them. */
  withinMilliseconds: milliseconds,
});

/** The next invocation of a function goes to another handler host, and is said to have timed out while it may still run there. */
const divertSchema = z.strictObject({
  function: z.string().min(1),
  hostUrl: z.url({ protocol: /^http$/ }),
  timesOutAfterMilliseconds: milliseconds,
});

const calledSchema = z.strictObject({
  service: z.enum(["dynamodb", "ecs", "scheduler", "sns", "ssm", "states"]),
  /** As AWS names them; all of the service unless given. */
  operations: z.array(z.string().min(1)).min(1).optional(),
  /** Each so many-th call; 1 is every call. */
  oneIn: z.number().int().min(1),
  lie: z.discriminatedUnion("kind", [
    /** Answered by this error; nothing is done. */
    z.strictObject({
      kind: z.literal("refused"),
      error: z.string().min(1),
      status: z.number().int().min(400).max(599),
    }),
    /** Done this much later. */
    z.strictObject({ kind: z.literal("slow"), milliseconds }),
    /** Done, and then the connection breaks before the answer. */
    z.strictObject({ kind: z.literal("done-then-lost") }),
    /** Done and answered, and this much later done once more. */
    z.strictObject({ kind: z.literal("done-again"), milliseconds }),
  ]),
});

export const liesSchema = z.strictObject({
  deliveries: deliveriesSchema.optional(),
  divert: divertSchema.optional(),
  calls: z.array(calledSchema).default([]),
});

export type Lies = z.input<typeof liesSchema>;
export type CallLie = z.output<typeof calledSchema>["lie"];
type Armed = z.output<typeof liesSchema>;
export type LiedAbout = z.output<typeof calledSchema>["service"];
export type Divert = z.output<typeof divertSchema>;

/** How often what was answered, by what was asked. */
export type Tally = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What the edge lies about at this moment: nothing until a test arms it. */
export class ArmedLies {
  #now: Armed = { calls: [] };
  #calls: number[] = [];
  #tally: Record<string, Record<string, number>> = {};

  arm(lies: Armed): void {
    this.#now = lies;
    this.#calls = lies.calls.map(() => 0);
  }

  get deliveries(): Armed["deliveries"] {
    return this.#now.deliveries;
  }

  /** Taken once: the invocation after it is delivered as ever. */
  takeDivert(functionName: string): Divert | undefined {
    const { divert, ...rest } = this.#now;
    if (divert?.function !== functionName) return undefined;
    this.#now = rest;
    return divert;
  }

  /** The lie about this very call; each call is counted for every lie that is told of its kind. */
  aboutCall(service: LiedAbout, operation: string): CallLie | undefined {
    let told: CallLie | undefined;
    for (const [index, called] of this.#now.calls.entries()) {
      if (called.service !== service || called.operations?.includes(operation) === false) continue;
      const count = (this.#calls[index] ?? 0) + 1;
      this.#calls[index] = count;
      if (count % called.oneIn === 0) told ??= called.lie;
    }
    if (told !== undefined) this.count(`${service}:${operation}`, told.kind);
    return told;
  }

  count(asked: string, answered: string): void {
    const counts = (this.#tally[asked] ??= {});
    counts[answered] = (counts[answered] ?? 0) + 1;
  }

  get tally(): Tally {
    return this.#tally;
  }
}
