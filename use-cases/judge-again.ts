import { judgeGates } from "#core/gate/gates.ts";
import { type StepName, stepRow } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { loadWave } from "./decide-and-write.ts";
import { gateFacts } from "./gate-facts.ts";
import { measureGate } from "./measure-gate.ts";
import type { Deps } from "./ports/deps.ts";
import { settleAll } from "./settle-all.ts";

/** What a gate attested is measured once more right before the step that it guards; the answer is what does not pass any more. */
export async function judgeAgain(deps: Deps, ref: WaveRef, step: StepName): Promise<string | undefined> {
  const row = stepRow(step);
  const wave = await loadWave(deps.store, ref);
  await settleAll(row.judgedAgain.map((gate) => measureGate(deps, ref, wave, gate)));
  const reports = judgeGates(await gateFacts(deps, ref, wave, row), row.judgedAgain);
  const findings = reports.flatMap((report) =>
    report.checks
      .filter((check) => check.verdict !== "pass")
      .map((check) => `${report.gate}/${check.check} is ${check.verdict}: ${check.reason}`),
  );
  return findings.length === 0 ? undefined : `judged again right before ${step}, ${findings.join("; ")}`;
}
