import { approveGate } from "#use-cases/approve-gate.ts";
import { approveGateContract } from "../api/commands.ts";
import { commandDeps } from "../wire.ts";
import { commandHandler } from "./command-handler.ts";

export const handler = commandHandler(approveGateContract, commandDeps, (deps, ref, { person, body }) =>
  approveGate(deps, ref, { person, gate: body.gate, evidence: body.evidence }),
);
