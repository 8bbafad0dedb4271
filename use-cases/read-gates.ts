import { type GateReport, judgeGates } from "#core/gate/gates.ts";
import { LIFECYCLE } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { readEvidence } from "./evidence.ts";
import { gateFacts } from "./gate-facts.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { noWave } from "./read-wave.ts";
import type { Refused } from "./refused.ts";
import { filesReadOnce } from "./tick-look.ts";

export type GateAnswer = GateReport & {
  /** The step that it stands before. */
  readonly step: string;
  /** The execution waits for it now. */
  readonly isOpen: boolean;
};

/** Every gate of the table as it stands now; approving one needs the `evidenceHash` that it shows. */
export async function readGates(
  deps: Pick<CommandDeps, "store" | "clock" | "hash">,
  ref: WaveRef,
): Promise<readonly GateAnswer[] | Refused> {
  const wave = await deps.store.wave(ref);
  if (wave === undefined) return noWave(ref);
  const once = { ...deps, store: filesReadOnce(deps.store) };
  const evidence = await readEvidence(deps.store.items, ref);
  const gates: GateAnswer[] = [];
  for (const row of LIFECYCLE) {
    const isOpen = wave.gate?.step === row.step && wave.gate.passedAt === undefined && wave.hold === undefined;
    for (const report of judgeGates(await gateFacts(once, ref, wave, row, evidence)))
      gates.push({ ...report, step: row.step, isOpen });
  }
  return gates;
}
