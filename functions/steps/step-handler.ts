import type { Context } from "aws-lambda";
import * as z from "#core/schema.ts";
import type { RunRef } from "#use-cases/ports/engine.ts";
import { namedIn, observed } from "../telemetry.ts";

/** State-machine input carries ids only. */
export const runSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  attempt: z.int().check(z.positive()),
  run: z.int().check(z.positive()),
});

type Invocation = { readonly invocationEndsAt: number };

/** A handler of one state: its input parsed, and when this invocation ends, in ms since the epoch. */
export const stepHandler = <Input extends RunRef, Output>(
  schema: z.ZodMiniType<Input>,
  act: (input: Input & Invocation) => Promise<Output>,
) =>
  observed<unknown, Output, Pick<Context, "getRemainingTimeInMillis">>(
    { about: runIn, outcome: outcomeOf },
    (event, context) =>
      act({ ...schema.parse(event), invocationEndsAt: Date.now() + context.getRemainingTimeInMillis() }),
  );

const runIn = (event: unknown) => {
  const parsed = z.catchall(runSchema, z.unknown()).safeParse(event);
  return parsed.success ? { ...namedIn(event), attempt: parsed.data.attempt, run: parsed.data.run } : namedIn(event);
};

/** Steps answer `{ outcome, because }`, or nothing. */
const outcomeSchema = z.object({ outcome: z.string(), because: z.optional(z.string()) });
const outcomeOf = (answer: unknown) => outcomeSchema.safeParse(answer).data ?? {};
