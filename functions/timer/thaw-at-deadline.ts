import type { Context } from "aws-lambda";
import * as z from "#core/schema.ts";
import type { StepOutcome } from "#use-cases/run-step.ts";
import { thawAtDeadline } from "#use-cases/thaw-at-deadline.ts";
import { namedIn, observed } from "../telemetry.ts";
import { deps } from "../wire-estate.ts";

/** The input that `adapters/scheduler` gives each schedule. */
const eventSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  freezeId: z.string(),
  deadlineAt: z.int().check(z.positive()),
});

export const handler = observed<unknown, StepOutcome, Pick<Context, "getRemainingTimeInMillis">>(
  { about: namedIn, outcome: ({ outcome, because }) => ({ outcome, because }) },
  async (event, context) => {
    const { migration, wave, freezeId, deadlineAt } = eventSchema.parse(event);
    const invocationEndsAt = Date.now() + context.getRemainingTimeInMillis();
    return thawAtDeadline(deps(), { ref: { migration, wave }, freezeId, deadlineAt, invocationEndsAt });
  },
);
