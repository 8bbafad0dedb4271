import { APPROVALS } from "#core/gate/approvals.ts";
import { judgeGates } from "#core/gate/gates.ts";
import { decideApproval } from "#core/wave/decisions.ts";
import { type GateName, LIFECYCLE } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { closeGates } from "./close-gates.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import { gateFacts } from "./gate-facts.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { noWave } from "./read-wave.ts";
import { isRefused, type Refused, refused } from "./refused.ts";

/** A named person says go for exactly the evidence that they saw. */
export async function approveGate(
  deps: CommandDeps,
  ref: WaveRef,
  approval: { readonly gate: GateName; readonly person: string; readonly evidence: string },
): Promise<CommandAnswer | Refused> {
  const needed = APPROVALS[approval.gate];
  if (needed === undefined)
    return refused("conflict", `gate ${approval.gate} closes by measurement, not by approval`, {
      cure: `people approve ${Object.keys(APPROVALS).join(", ")}`,
    });
  const wave = await deps.store.wave(ref);
  const row = LIFECYCLE.find((r) => (r.gates as readonly GateName[]).includes(approval.gate));
  if (wave === undefined || row === undefined) return noWave(ref);
  const [report] = judgeGates(await gateFacts(deps, ref, wave, row), [approval.gate]);
  const commanded = await commandWave(
    deps,
    ref,
    { person: approval.person, role: needed.role, what: `approving gate ${approval.gate}` },
    (current) => {
      const decision = decideApproval(current, {
        gate: approval.gate,
        person: approval.person,
        evidenceHash: approval.evidence,
        at: deps.clock.now(),
      });
      if (decision.kind !== "write" || report?.evidenceHash === approval.evidence) return decision;
      return {
        kind: "refused",
        because: `evidence ${approval.evidence} is not what gate ${approval.gate} shows now (${report?.evidenceHash})`,
        cure: "read GET …/gates again, and approve what it shows",
      };
    },
  );
  if (!isRefused(commanded)) await closeGates(deps, ref);
  return answerOf(commanded);
}
