import { thawFailedFreeze } from "#use-cases/thaw-failed-freeze.ts";
import { deps } from "../wire-estate.ts";
import { failedRunSchema } from "./failure.ts";
import { stepHandler } from "./step-handler.ts";

export const handler = stepHandler(failedRunSchema, (input) => thawFailedFreeze(deps(), input));
