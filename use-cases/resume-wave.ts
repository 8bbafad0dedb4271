import { decideResume } from "#core/wave/decisions.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import type { Deps } from "./ports/deps.ts";
import { isRefused, type Refused } from "./refused.ts";

/** Takes the step up again. What was measured before the hold is void: windows begin anew. */
export async function resumeWave(deps: Deps, ref: WaveRef, person: string): Promise<CommandAnswer | Refused> {
  const commanded = await commandWave(deps, ref, { person, role: "operator", what: "resuming a wave" }, (row) =>
    decideResume(row, person),
  );
  if (!isRefused(commanded) && commanded.isWritten) {
    for (const kind of ["WINDOW", "EVIDENCE"])
      for (const { name } of await deps.store.items.list(ref, kind)) await deps.store.items.remove(ref, kind, name);
    await deps.engine.start({ ...ref, attempt: commanded.row.attempt, run: commanded.row.run });
  }
  return answerOf(commanded);
}
