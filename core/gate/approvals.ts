import type { Role } from "#core/people/people.ts";
import type { GateName } from "#core/wave/lifecycle.ts";

export type NeededApproval = {
  readonly role: Role;
  readonly people: number;
  /** The gate has measured checks beside its approval. */
  readonly isMeasuredToo?: true;
};

/** Gates that people close: who may, and how many different people it takes. */
export const APPROVALS: Partial<Record<GateName, NeededApproval>> = {
  cutover: { role: "cutover-approver", people: 1, isMeasuredToo: true },
  go: { role: "cutover-approver", people: 1 },
  seal: { role: "seal-approver", people: 2 },
};

export const isMeasuredGate = (gate: GateName): boolean =>
  APPROVALS[gate]?.isMeasuredToo ?? APPROVALS[gate] === undefined;
