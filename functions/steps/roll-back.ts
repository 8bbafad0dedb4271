import { rollBackWave } from "#use-cases/roll-back-wave.ts";
import { deps } from "../wire-estate.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => rollBackWave(deps(), input));
