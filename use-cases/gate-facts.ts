import type { GateFacts } from "#core/gate/gates.ts";
import type { LifecycleRow } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { readEvidence } from "./evidence.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";

/** Everything that the judgement of a row's gates stands on, as stored now. */
export const gateFacts = async (
  deps: Pick<CommandDeps, "store" | "clock" | "hash">,
  ref: WaveRef,
  wave: WaveRow,
  row: LifecycleRow,
): Promise<GateFacts> => ({
  row,
  plan: (await loadPlan(deps, ref)).plan,
  subject: { ...ref, attempt: wave.attempt },
  evidence: await readEvidence(deps.store.items, ref),
  approvals: wave.approvals,
  now: deps.clock.now(),
  hash: deps.hash,
});
