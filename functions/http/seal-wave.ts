import { z } from "zod";
import { approveGate } from "#use-cases/approve-gate.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const bodySchema = z.strictObject({
  evidence: z.string().min(1).describe("evidenceHash of gate seal, as GET …/gates shows it"),
});

/** The approval of gate seal: the second person's lets the wave seal. */
export const handler = commandHandler(
  (ref, { person, body }) => approveGate(commandDeps(), ref, { person, gate: "seal", evidence: body.evidence }),
  bodySchema,
);
