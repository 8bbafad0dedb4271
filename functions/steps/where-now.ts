import { whereNow } from "#use-cases/where-now.ts";
import { deps } from "../wire.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

export const handler = stepHandler(runSchema, (input) => whereNow(deps(), input));
