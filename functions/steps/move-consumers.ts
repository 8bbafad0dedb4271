import { moveConsumers } from "#use-cases/move-consumers.ts";
import { deps } from "../wire-estate.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => moveConsumers(deps(), input));
