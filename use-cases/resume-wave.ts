import { decideResume } from "#core/wave/decisions.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import type { Deps } from "./ports/deps.ts";
import { isRefused, type Refused } from "./refused.ts";

/** Takes the step up again. What was measured before the hold is void: windows begin anew. */
export async function resumeWave(deps: Deps, ref: WaveRef, person: string): Promise<CommandAnswer | Refused> {
  let gate: WaveRow["gate"];
  const commanded = await commandWave(deps, ref, { person, role: "operator", what: "resuming a wave" }, (row) => {
    gate = row.gate;
    return decideResume(row, person);
  });
  if (!isRefused(commanded) && commanded.isWritten) {
    for (const kind of ["WINDOW", "EVIDENCE"])
      for (const { name } of await deps.store.items.list(ref, kind)) await deps.store.items.remove(ref, kind, name);
    await deps.engine.start({ ...ref, attempt: commanded.row.attempt, run: commanded.row.run });
    // The execution of the run before still waits for this token; without an answer it would wait for a year.
    if (gate !== undefined) await deps.engine.sendToken(gate.token, { superseded: true });
  }
  return answerOf(commanded);
}
