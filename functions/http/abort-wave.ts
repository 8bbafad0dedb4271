import { orderAbort } from "#use-cases/order-abort.ts";
import { abortWaveContract } from "../api/commands.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler(abortWaveContract, commandDeps, (deps, ref, { person, body }) =>
  orderAbort(deps, ref, { person, reason: body.reason, deletesTargetTopics: body.deleteTargetTopics }),
);
