import { z } from "zod";
import { orderThaw } from "#use-cases/order-thaw.ts";
import { deps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const bodySchema = z.strictObject({ reason: z.string().min(1).default("ordered by a person") });
/** Within what an HTTP function may take: a thaw that does not end in it is taken up by the timer. */
const THAW_MILLISECONDS = 18_000;

export const handler = commandHandler(
  (ref, { person, body }) =>
    orderThaw(deps(), ref, { person, reason: body.reason, invocationEndsAt: Date.now() + THAW_MILLISECONDS }),
  bodySchema,
);
