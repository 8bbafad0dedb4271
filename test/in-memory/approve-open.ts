import type { GateName } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { approveGate } from "#use-cases/approve-gate.ts";
import type { CommandDeps } from "#use-cases/ports/deps.ts";
import { readGates } from "#use-cases/read-gates.ts";
import { isRefused, type Refused } from "#use-cases/refused.ts";

const APPROVERS: Partial<Record<GateName, readonly string[]>> = {
  cutover: ["carl"],
  go: ["carl"],
  seal: ["sara", "tom"],
};

/** As the people who may: approves what is open and measured to pass. Answers where the gates could not be read. */
export async function approveOpen(deps: CommandDeps, ref: WaveRef): Promise<Refused | undefined> {
  const gates = await readGates(deps, ref);
  if (isRefused(gates)) return gates;
  const open = gates.filter((gate) => gate.isOpen);
  if (open.some(({ checks }) => checks.some(({ check, verdict }) => check !== "approval" && verdict !== "pass")))
    return undefined;
  for (const { gate, evidenceHash } of open)
    if (evidenceHash !== undefined)
      for (const person of APPROVERS[gate] ?? [])
        await approveGate(deps, ref, { gate, person, evidence: evidenceHash });
  return undefined;
}
