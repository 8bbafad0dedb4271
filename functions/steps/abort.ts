import { abortWave } from "#use-cases/abort-wave.ts";
import { deps } from "../wire-estate.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => abortWave(deps(), input));
