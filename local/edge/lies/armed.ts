import { randomInt } from "node:crypto";
import { z } from "zod";

const ofWaveSchema = z.object({
  wave: z.string().optional(),
  pathParameters: z.object({ wave: z.string().optional() }).optional(),
});

const milliseconds = z.number().int().min(0).max(600_000);

/** What is done with every event that the edge delivers to these functions. */
const deliveriesSchema = z.strictObject({
  functions: z.array(z.string().min(1)).min(1),
  /** Beside the delivery itself. */
  copies: z.number().int().min(0).max(10),
  /** Each copy comes at a moment of its own within this time, so that they overtake each other and what comes after them. */
  withinMilliseconds: milliseconds,
});

/** Invocations of a function for a wave go to another handler host, and are said to have timed out while they may still run there. */
const divertSchema = z.strictObject({
  function: z.string().min(1),
  wave: z.string().min(1),
  hostUrl: z.url({ protocol: /^http$/ }),
  timesOutAfterMilliseconds: milliseconds,
});

const calledSchema = z.strictObject({
  service: z.enum(["dynamodb", "ecs", "scheduler", "sns", "ssm", "states"]),
  /** As AWS names them; all of the service unless given. */
  operations: z.array(z.string().min(1)).min(1).optional(),
  /** Of the calls, by chance; 1 is every call. */
  share: z.number().gt(0).max(1),
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

/** What is not named goes on as it was. */
export const liesSchema = z.strictObject({
  deliveries: deliveriesSchema.optional(),
  /** `null`: nothing goes elsewhere any more. */
  divert: divertSchema.nullable().optional(),
  calls: z.array(calledSchema).optional(),
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
  #now: Armed = {};
  #tally: Record<string, Record<string, number>> = {};

  arm(lies: Armed): void {
    this.#now = { ...this.#now, ...lies };
  }

  get deliveries(): Armed["deliveries"] {
    return this.#now.deliveries;
  }

  divertOf(functionName: string, event: unknown): Divert | undefined {
    const { divert } = this.#now;
    return divert?.function === functionName && waveOf(event) === divert.wave ? divert : undefined;
  }

  aboutCall(service: LiedAbout, operation: string): CallLie | undefined {
    const told = this.#now.calls?.find(
      (called) =>
        called.service === service &&
        called.operations?.includes(operation) !== false &&
        randomInt(CHANCES) < called.share * CHANCES,
    )?.lie;
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

const CHANCES = 1_000_000;

/** Of a step's event, or of a person's command. */
const waveOf = (event: unknown): string | undefined => {
  const { wave, pathParameters } = ofWaveSchema.safeParse(event).data ?? {};
  return wave ?? pathParameters?.wave;
};
