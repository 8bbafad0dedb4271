import { cutOver } from "#use-cases/cut-over.ts";
import { deps } from "../wire-estate.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => cutOver(deps(), input));
