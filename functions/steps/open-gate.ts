import * as z from "#core/schema.ts";
import { LIFECYCLE, type StepName } from "#core/wave/lifecycle.ts";
import { openGate } from "#use-cases/open-gate.ts";
import { clock, engine, tickRequester, waveStore } from "../wire.ts";
import { runSchema, stepHandler } from "./step-handler.ts";

const steps = LIFECYCLE.map((row) => row.step) as [StepName, ...StepName[]];
const inputSchema = z.extend(runSchema, { step: z.enum(steps), token: z.string().check(z.minLength(1)) });

export const handler = stepHandler(inputSchema, (input) =>
  openGate({ store: waveStore(), clock, engine: engine(), ticks: tickRequester() }, input),
);
