import { orderThaw } from "#use-cases/order-thaw.ts";
import { thawWaveContract } from "../api/commands.ts";
import { deps } from "../wire-estate.ts";
import { workerHandler } from "./worker-handler.ts";

/** A thaw that does not end within the invocation is taken up by the timer. */
export const handler = workerHandler(thawWaveContract, deps, (given, ref, { person, body, invocationEndsAt }) =>
  orderThaw(given, ref, { person, reason: body.reason, invocationEndsAt }),
);
