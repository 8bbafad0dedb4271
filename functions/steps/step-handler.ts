import type { Context } from "aws-lambda";
import { z } from "zod";
import type { RunRef } from "#use-cases/ports/engine.ts";
import { namedIn, observed } from "../telemetry.ts";

/** State-machine input carries ids only. */
export const runSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  attempt: z.number().int().positive(),
  run: z.number().int().positive(),
});

type Invocation = { readonly invocationEndsAt: number };

/** A handler of one state: its input parsed, and when this invocation ends, in ms since the epoch. */
export const stepHandler = <Input extends RunRef, Output>(
  schema: z.ZodType<Input>,
  act: (input: Input & Invocation) => Promise<Output>,
) =>
  observed<unknown, Output, Pick<Context, "getRemainingTimeInMillis">>(
    { about: runIn, outcome: outcomeOf },
    (event, context) =>
      act({ ...schema.parse(event), invocationEndsAt: Date.now() + context.getRemainingTimeInMillis() }),
  );

const runIn = (event: unknown) => {
  const parsed = runSchema.loose().safeParse(event);
  return parsed.success ? { ...namedIn(event), attempt: parsed.data.attempt, run: parsed.data.run } : namedIn(event);
};

/** Steps answer `{ outcome, because }`, or nothing. */
const outcomeSchema = z.object({ outcome: z.string(), because: z.string().optional() });
const outcomeOf = (answer: unknown) => outcomeSchema.safeParse(answer).data ?? {};
