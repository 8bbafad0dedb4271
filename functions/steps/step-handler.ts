import type { Context } from "aws-lambda";
import { z } from "zod";
import type { RunRef } from "#use-cases/ports/engine.ts";

/** State-machine input carries ids only. */
export const runSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  attempt: z.number().int().positive(),
  run: z.number().int().positive(),
});

type Invocation = { readonly invocationEndsAt: number };

/** A handler of one state: its input parsed, and when this invocation ends, in ms since the epoch. */
export const stepHandler =
  <Input extends RunRef, Output>(schema: z.ZodType<Input>, act: (input: Input & Invocation) => Promise<Output>) =>
  async (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">): Promise<Output> =>
    act({ ...schema.parse(event), invocationEndsAt: Date.now() + context.getRemainingTimeInMillis() });
