import type { GateFacts } from "#core/gate/gates.ts";
import type { LifecycleRow } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { type Evidence, readEvidence } from "./evidence.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";

/** Everything that the judgement of a row's gates stands on, as stored now, unless the evidence is known already. */
export const gateFacts = async (
  deps: Pick<CommandDeps, "store" | "clock" | "hash">,
  ref: WaveRef,
  wave: WaveRow,
  row: LifecycleRow,
  known?: Evidence,
): Promise<GateFacts> => ({
  row,
  plan: (await loadPlan(deps, ref)).plan,
  subject: { ...ref, attempt: wave.attempt },
  evidence: known ?? (await readEvidence(deps.store.items, ref)),
  approvals: wave.approvals,
  now: deps.clock.now(),
  hash: deps.hash,
});
