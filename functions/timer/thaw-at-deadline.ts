import type { Context } from "aws-lambda";
import { z } from "zod";
import { thawAtDeadline } from "#use-cases/thaw-at-deadline.ts";
import { deps } from "../wire.ts";

/** The input that `adapters/scheduler` gives each schedule. */
const eventSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  freezeId: z.string(),
  deadlineAt: z.number().int().positive(),
});

export const handler = async (event: unknown, context: Pick<Context, "getRemainingTimeInMillis">) => {
  const { migration, wave, freezeId, deadlineAt } = eventSchema.parse(event);
  const invocationEndsAt = Date.now() + context.getRemainingTimeInMillis();
  return thawAtDeadline(deps(), { ref: { migration, wave }, freezeId, deadlineAt, invocationEndsAt });
};
