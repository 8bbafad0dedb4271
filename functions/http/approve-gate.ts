import { z } from "zod";
import { ALL_GATES } from "#core/gate/gates.ts";
import type { GateName } from "#core/wave/lifecycle.ts";
import { approveGate } from "#use-cases/approve-gate.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

const bodySchema = z.strictObject({
  gate: z.enum(ALL_GATES as [GateName, ...GateName[]]),
  evidence: z.string().min(1).describe("evidenceHash of the gate, as GET …/gates shows it"),
});

export const handler = commandHandler(
  (ref, { person, body }) => approveGate(commandDeps(), ref, { person, gate: body.gate, evidence: body.evidence }),
  bodySchema,
);
