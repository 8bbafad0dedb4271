import { commandRollBack } from "#use-cases/command-roll-back.ts";
import { rollBackWaveContract } from "../api/commands.ts";
import { deps } from "../wire-estate.ts";
import { commandHandler } from "./command-handler.ts";

/** Within what an HTTP function may take: a freeze is lifted first. */
const THAW_MILLISECONDS = 18_000;

export const handler = commandHandler(rollBackWaveContract, deps, (given, ref, { person, body }) =>
  commandRollBack(given, ref, {
    person,
    reason: body.reason,
    invocationEndsAt: Date.now() + THAW_MILLISECONDS,
    ...(body.forced !== undefined && { forced: body.forced }),
  }),
);
