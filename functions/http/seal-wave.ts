import { approveGate } from "#use-cases/approve-gate.ts";
import { sealWaveContract } from "../api/commands.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

/** The approval of gate seal: the second person's lets the wave seal. */
export const handler = commandHandler(sealWaveContract, commandDeps, (deps, ref, { person, body }) =>
  approveGate(deps, ref, { person, gate: "seal", evidence: body.evidence }),
);
