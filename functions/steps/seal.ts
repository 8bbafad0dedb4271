import { sealWave } from "#use-cases/seal-wave.ts";
import { deps } from "../wire-estate.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => sealWave(deps(), input));
