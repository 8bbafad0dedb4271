import type { Role } from "#core/migration/migration.ts";
import type { GateName } from "#core/wave/lifecycle.ts";

/** Gates that people close: who may, and how many different people it takes. */
export const APPROVALS: Partial<Record<GateName, { readonly role: Role; readonly people: number }>> = {
  cutover: { role: "cutover-approver", people: 1 },
  go: { role: "cutover-approver", people: 1 },
  seal: { role: "seal-approver", people: 2 },
};

export const isApprovalGate = (gate: GateName): boolean => APPROVALS[gate] !== undefined;
