import { holdFailedStep } from "#use-cases/hold-failed-step.ts";
import { clock, waveStore } from "../wire.ts";
import { failedRunSchema } from "./failure.ts";
import { stepHandler } from "./step-handler.ts";

export const handler = stepHandler(failedRunSchema, ({ error, ...run }) =>
  holdFailedStep({ store: waveStore(), clock }, { ...run, error: error?.Error ?? "failed", cause: error?.Cause ?? "" }),
);
