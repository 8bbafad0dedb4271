import * as z from "#core/schema.ts";
import { runSchema } from "./step-handler.ts";

/** What a state's Catch hands on. */
export const failedRunSchema = z.extend(runSchema, {
  error: z.optional(z.object({ Error: z.string(), Cause: z._default(z.string(), "") })),
});
