import type { Context } from "aws-lambda";
import { z } from "zod";
import { tickWave } from "#use-cases/tick-wave.ts";
import { announcer, deps } from "../wire.ts";

const eventSchema = z.strictObject({ migration: z.string(), wave: z.string() });

export const handler = async (
  event: unknown,
  context: Pick<Context, "getRemainingTimeInMillis">,
): Promise<{ readonly outcome: string }> => ({
  outcome: await tickWave(
    { ...deps(), announcer: announcer() },
    eventSchema.parse(event),
    Date.now() + context.getRemainingTimeInMillis(),
  ),
});
