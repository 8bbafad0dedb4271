import { z } from "zod";
import { runSchema } from "./step-handler.ts";

/** What a state's Catch hands on. */
export const failedRunSchema = runSchema.extend({
  error: z.object({ Error: z.string(), Cause: z.string().default("") }).optional(),
});
