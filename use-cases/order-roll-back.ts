import type { Already, Refusal } from "#core/wave/decision.ts";
import { canThaw, THAW } from "#core/wave/lifecycle.ts";
import type { RollBackOrder, WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideRollBack, decideRollBackAfterThaw, rollBackRefusal } from "#core/wave/way-back.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";
import { loadPlan, StepLeased } from "./run-step.ts";
import { startExecution } from "./start-execution.ts";
import { thawWave } from "./thaw-wave.ts";

export type RollBackOrdered = {
  readonly outcome: "ordered" | "already" | "refused";
  readonly because: string;
  readonly cure?: string;
};

/** Orders a wave back, by whomever; a frozen one thaws first and goes back from there. Ordered twice it is one roll-back. */
export async function orderRollBack(
  deps: Deps,
  order: {
    readonly ref: WaveRef;
    readonly by: string;
    readonly cause: RollBackOrder["cause"];
    readonly reason: string;
    readonly invocationEndsAt: number;
  },
): Promise<RollBackOrdered> {
  const { ref, by, cause, reason } = order;
  const { migration } = await loadPlan(deps, ref);
  const given: RollBackOrder = {
    by,
    cause,
    reason,
    at: deps.clock.now(),
    deadlineSeconds: migration.policy.rollBackDeadlineSeconds,
  };
  const row = await loadWave(deps.store, ref);
  const met = rollBackRefusal(row);
  if (met !== undefined) return answered(met);
  if (canThaw(row.phase) || row.phase === THAW.doing) {
    const thawed = await thawFirst(deps, row, given, order.invocationEndsAt);
    if (thawed !== undefined) return thawed;
  }
  let gate: string | undefined;
  const written = await decideAndWrite<Refusal | Already>(deps, ref, (current) => {
    gate = current.gate?.token;
    return decideRollBack(current, given, { id: deps.newId(), now: deps.clock.now() });
  });
  if (written.decision.kind !== "write") return answered(written.decision);
  await startExecution(deps.engine, written.row);
  // The wave's own execution still waits for this token; without an answer it would wait for a year.
  if (gate !== undefined) await deps.engine.sendToken(gate, { superseded: true });
  return { outcome: "ordered", because: reason };
}

export const answered = (met: Refusal | Already): RollBackOrdered => ({
  outcome: met.kind,
  because: met.because,
  ...(met.kind === "refused" && met.cure !== undefined && { cure: met.cure }),
});

/** undefined: clients have written on the target already, so it begins from there. */
async function thawFirst(
  deps: Deps,
  row: WaveRow,
  order: RollBackOrder,
  invocationEndsAt: number,
): Promise<RollBackOrdered | undefined> {
  const ref: WaveRef = { migration: row.migration, wave: row.wave };
  if (row.phase === THAW.doing) {
    const { decision } = await decideAndWrite<Refusal | Already>(deps, ref, (current) =>
      decideRollBackAfterThaw(current, order),
    );
    if (decision.kind !== "write") return decision.kind === "already" ? answered(decision) : undefined;
    return { outcome: "ordered", because: `${order.reason}; it thaws first` };
  }
  try {
    const thawed = await thawWave(deps, {
      ref,
      by: order.by,
      kind: "thawed-to-roll-back",
      reason: order.reason,
      cure: "it is rolled back next",
      invocationEndsAt,
      thenRollBack: order,
    });
    if (thawed.outcome !== "refused") return { outcome: "ordered", because: `${order.reason}; it thawed first` };
  } catch (error) {
    // Somebody else thaws it: the next tick finds the order on the row, or this one is given again.
    if (!(error instanceof StepLeased)) throw error;
    return thawFirst(deps, await loadWave(deps.store, ref), order, invocationEndsAt);
  }
  return undefined;
}
