import { prepareCutover } from "#use-cases/prepare-cutover.ts";
import { deps } from "../wire-estate.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => prepareCutover(deps(), input));
