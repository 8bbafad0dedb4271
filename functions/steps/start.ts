import { startReplication } from "#use-cases/start-replication.ts";
import { deps } from "../wire-estate.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => startReplication(deps(), input));
