import { orderThaw } from "#use-cases/order-thaw.ts";
import { thawWaveContract } from "../api/commands.ts";
import { deps } from "../wire-estate.ts";
import { commandHandler } from "./command-handler.ts";

/** Within what an HTTP function may take: a thaw that does not end in it is taken up by the timer. */
const THAW_MILLISECONDS = 18_000;

export const handler = commandHandler(thawWaveContract, deps, (given, ref, { person, body }) =>
  orderThaw(given, ref, { person, reason: body.reason, invocationEndsAt: Date.now() + THAW_MILLISECONDS }),
);
