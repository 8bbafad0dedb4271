import { overdueAt } from "#core/wave/overdue-freeze.ts";
import { loadWave } from "./decide-and-write.ts";
import type { FreezeRef } from "./ports/deadline-schedule.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepOutcome } from "./run-step.ts";
import { thawWave } from "./thaw-wave.ts";

/** What a thaw takes at most of an invocation, in ms: longer than this before its end it may sleep. */
const THAW_MILLISECONDS = 60_000;

/**
 * The one-shot schedule's hand on a freeze. Called early, it sleeps; the row says when the deadline is, since it may have
 * been set anew. Called late, twice or for a freeze that is over, it does nothing.
 */
export async function thawAtDeadline(
  deps: Deps,
  input: FreezeRef & { readonly deadlineAt: number; readonly invocationEndsAt: number },
): Promise<StepOutcome> {
  const { ref, freezeId } = input;
  let wakeAt = input.deadlineAt;
  for (;;) {
    if (wakeAt > input.invocationEndsAt - THAW_MILLISECONDS) {
      await deps.deadlines.schedule({ ref, freezeId }, wakeAt);
      return { outcome: "yielded", because: `called again at ${new Date(wakeAt).toISOString()}` };
    }
    await deps.clock.sleep(Math.max(0, wakeAt - deps.clock.now()));
    const row = await loadWave(deps.store, ref);
    if (row.freeze?.id !== freezeId) return { outcome: "superseded", because: `freeze ${freezeId} is over` };
    const at = overdueAt(row);
    if (at === undefined) return { outcome: "superseded", because: `wave ${ref.wave} is ${row.phase} and held` };
    if (at <= deps.clock.now())
      return thawWave(deps, {
        ref,
        freezeId,
        by: "sluice",
        kind: "freeze-deadline",
        reason: `the freeze's deadline ${new Date(row.freeze.deadlineAt).toISOString()} passed in ${row.phase}, and its schedule came`,
        cure: "look at the journal for what took so long, then POST …/resume",
        invocationEndsAt: input.invocationEndsAt,
      });
    wakeAt = at;
  }
}
