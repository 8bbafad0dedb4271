import type { HoldCause } from "#core/wave/holds.ts";
import { canThaw, THAW } from "#core/wave/lifecycle.ts";
import { overdueAt } from "#core/wave/overdue-freeze.ts";
import { overdueTurnAt } from "#core/wave/overdue-turn.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { loadWave } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";
import { rollBackWave } from "./roll-back-wave.ts";
import { loadPlan } from "./run-step.ts";
import { hasExecution } from "./start-execution.ts";
import { thawWave } from "./thaw-wave.ts";

export type Lifted = { readonly ref: WaveRef; readonly outcome: string; readonly isStillFrozen: boolean };

/**
 * The guard's look at every wave in which clients stand still: lifts a freeze that no other hand has lifted
 * `graceMilliseconds` after its time, and takes a roll-back's turn that nobody takes.
 * `asksEngine`: also a freeze whose execution is gone, at once, since nothing that was killed will go on with it.
 */
export async function freeStuckWaves(
  deps: Deps,
  o: { readonly graceMilliseconds: number; readonly asksEngine: boolean; readonly invocationSeconds: number },
): Promise<readonly Lifted[]> {
  const looked = (await deps.store.activeWaves()).map(async (ref): Promise<Lifted | undefined> => {
    try {
      const row = await loadWave(deps.store, ref);
      const turnAt = overdueTurnAt(row);
      if (turnAt !== undefined && deps.clock.now() >= turnAt + o.graceMilliseconds) {
        const { attempt, run } = row;
        const invocationEndsAt = deps.clock.now() + o.invocationSeconds * 1000;
        const { outcome, because } = await rollBackWave(deps, { ...ref, attempt, run, invocationEndsAt });
        return { ref, outcome: `${outcome}: ${because ?? row.phase}`, isStillFrozen: false };
      }
      const lift = await reasonToLift(deps, row, o);
      if (lift === undefined) {
        if (canThaw(row.phase) || row.phase === THAW.to || turnAt !== undefined) await signIn(deps, ref);
        return undefined;
      }
      const { outcome, because } = await thawWave(deps, {
        ref,
        ...(row.freeze !== undefined && { freezeId: row.freeze.id }),
        by: "sluice",
        ...lift,
        cure: "look at the journal and at what was killed, then POST …/resume",
        invocationEndsAt: deps.clock.now() + o.invocationSeconds * 1000,
      });
      return { ref, outcome: `${outcome}: ${because ?? lift.reason}`, isStillFrozen: false };
    } catch (error) {
      // One wave whose brokers do not answer keeps nobody from the others.
      return { ref, outcome: error instanceof Error ? error.message : String(error), isStillFrozen: true };
    }
  });
  return (await Promise.all(looked)).filter((one) => one !== undefined);
}

/** Sign-ins are looked up while they can be: what keeps them may be killed with the rest. */
const signIn = async (deps: Deps, ref: WaveRef): Promise<void> => {
  const { migration } = await loadPlan(deps, ref);
  await deps.estate(migration).catch(() => undefined);
};

async function reasonToLift(
  deps: Deps,
  row: WaveRow,
  o: { readonly graceMilliseconds: number; readonly asksEngine: boolean },
): Promise<Pick<HoldCause, "kind" | "reason"> | undefined> {
  const at = overdueAt(row);
  if (at !== undefined && deps.clock.now() >= at + o.graceMilliseconds)
    return row.freeze === undefined
      ? { kind: "freeze-abandoned", reason: `the thaw was left in ${row.phase}` }
      : {
          kind: "freeze-deadline",
          reason: `the freeze's deadline ${new Date(row.freeze.deadlineAt).toISOString()} stands in ${row.phase}, and no hand has lifted it`,
        };
  // Where a client may have written on the target the wave is taken up, not undone.
  if (!o.asksEngine || row.freeze === undefined || !canThaw(row.phase) || row.phase === "moving-producers")
    return undefined;
  if (await hasExecution(deps.engine, row)) return undefined;
  return {
    kind: "freeze-abandoned",
    reason: `everything was killed in ${row.phase}: the execution that froze the wave is gone`,
  };
}
