import { commandRollBack } from "#use-cases/command-roll-back.ts";
import { rollBackWaveContract } from "../api/commands.ts";
import { deps } from "../wire-estate.ts";
import { workerHandler } from "./worker-handler.ts";

/** A freeze is lifted first, and before a forced one the target is asked once more. */
export const handler = workerHandler(rollBackWaveContract, deps, (given, ref, { person, body, invocationEndsAt }) =>
  commandRollBack(given, ref, {
    person,
    reason: body.reason,
    invocationEndsAt,
    ...(body.forced !== undefined && { forced: body.forced }),
  }),
);
