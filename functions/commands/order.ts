import * as z from "#core/schema.ts";
import { idempotencyKeySchema } from "../api/commands.ts";

/**
 * A person's command on one wave, as the function that was asked over HTTP hands it over to the function in the VPC that does it.
 * Nobody else may invoke that one, so `person` is who signed in.
 */
export const orderSchema = z.strictObject({
  migration: z.string(),
  wave: z.string(),
  person: z.string(),
  /** Of the HTTP request: an answer names it, and the log of both functions tells it. */
  requestId: z.string(),
  key: z.optional(idempotencyKeySchema),
  body: z.unknown(),
});
export type Order = z.output<typeof orderSchema>;

/** The same of a plan: what makes one, and what makes waves of it, is more code than an API function may carry. */
export const planOrderSchema = z.strictObject({
  migration: z.string(),
  person: z.string(),
  requestId: z.string(),
  does: z.enum(["propose", "accept"]),
  /** Of the plan that is accepted. */
  hash: z.optional(z.string()),
});
export type PlanOrder = z.output<typeof planOrderSchema>;

/** What is handed back: the response, whole, as it goes to whoever asked. */
export const responseSchema = z.strictObject({
  statusCode: z.int(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
});
