import { whereNow } from "#use-cases/where-now.ts";
import { waveStore } from "../wire.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => whereNow({ store: waveStore() }, input));
