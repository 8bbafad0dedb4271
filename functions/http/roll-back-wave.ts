import { z } from "zod";
import { commandRollBack } from "#use-cases/command-roll-back.ts";
import { deps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const bodySchema = z.strictObject({
  reason: z.string().min(1).default("ordered by a person"),
});
/** Within what an HTTP function may take: a freeze is lifted first. */
const THAW_MILLISECONDS = 18_000;

export const handler = commandHandler(
  (ref, { person, body }) =>
    commandRollBack(deps(), ref, {
      person,
      reason: body.reason,
      invocationEndsAt: Date.now() + THAW_MILLISECONDS,
    }),
  bodySchema,
);
