import { stepRow } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { loadWave } from "./decide-and-write.ts";
import { holdFailedStep } from "./hold-failed-step.ts";
import { messageOfCause } from "./message-of-cause.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";
import type { StepOutcome } from "./run-step.ts";
import { thawWave } from "./thaw-wave.ts";

type Failure = { readonly Error: string; readonly Cause: string };

/** The state's own hand on a freeze: its handler died, or a freeze was found that nobody works on. */
export async function thawFailedFreeze(
  deps: Deps,
  input: RunRef & { readonly error?: Failure | undefined; readonly invocationEndsAt: number },
): Promise<StepOutcome> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const row = await loadWave(deps.store, ref);
  // A freeze of a later run is not this state's to lift.
  if (row.run !== input.run && row.phase !== "thawing")
    return { outcome: "superseded", because: `the wave is in run ${row.run}` };
  // It failed before its claim: nothing is frozen, and the same failure would come round for ever.
  if (row.phase === stepRow("freeze").from && input.error !== undefined) {
    await holdFailedStep(deps, { ...input, error: input.error.Error, cause: input.error.Cause });
    return { outcome: "held", because: input.error.Error };
  }
  const reason =
    input.error === undefined
      ? `a freeze was found in ${row.phase} that no handler works on`
      : `the handler failed in ${row.phase}: ${input.error.Error} ${messageOfCause(input.error.Cause)}`.trimEnd();
  return thawWave(deps, {
    ref,
    ...(row.freeze !== undefined && { freezeId: row.freeze.id }),
    by: "sluice",
    kind: input.error === undefined ? "freeze-abandoned" : "freeze-failed",
    reason,
    cure: "look at the journal and the function's log, then POST …/resume",
    invocationEndsAt: input.invocationEndsAt,
  });
}
