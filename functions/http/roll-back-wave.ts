import { z } from "zod";
import { commandRollBack } from "#use-cases/command-roll-back.ts";
import { deps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const count = z.number().int().min(0);
const bodySchema = z.strictObject({
  reason: z.string().min(1).default("ordered by a person"),
  /** Only where the target does not answer: what the wave's `wayBack.forced` says that it costs, confirmed to the number. */
  forced: z.strictObject({ loses: count, repeats: z.record(z.string(), count) }).optional(),
});
/** Within what an HTTP function may take: a freeze is lifted first. */
const THAW_MILLISECONDS = 18_000;

export const handler = commandHandler(
  (ref, { person, body }) =>
    commandRollBack(deps(), ref, {
      person,
      reason: body.reason,
      invocationEndsAt: Date.now() + THAW_MILLISECONDS,
      ...(body.forced !== undefined && { forced: body.forced }),
    }),
  bodySchema,
);
