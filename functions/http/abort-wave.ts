import { z } from "zod";
import { orderAbort } from "#use-cases/order-abort.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const bodySchema = z.strictObject({
  reason: z.string().min(1).default("ordered by a person"),
  /** The topics that this wave created on the target, with all that was mirrored there. */
  deleteTargetTopics: z.boolean().default(false),
});

export const handler = commandHandler(
  (ref, { person, body }) =>
    orderAbort(commandDeps(), ref, { person, reason: body.reason, deletesTargetTopics: body.deleteTargetTopics }),
  bodySchema,
);
