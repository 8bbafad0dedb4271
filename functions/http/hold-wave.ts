import { z } from "zod";
import { holdWave } from "#use-cases/hold-wave.ts";
import { clock, waveStore } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const bodySchema = z.strictObject({ reason: z.string().min(1).default("held by a person") });

export const handler = commandHandler(
  (ref, { person, body }) => holdWave({ store: waveStore(), clock }, ref, person, body.reason),
  bodySchema,
);
