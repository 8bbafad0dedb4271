import type { Already, Refusal } from "#core/wave/decision.ts";
import { eligibility } from "#core/wave/eligibility.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { decideForcedRollBack, rollBackRefusal, type Toll } from "#core/wave/way-back.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import { measureWayBack } from "./measure-way-back.ts";
import { answered, type RollBackOrdered } from "./order-roll-back.ts";
import type { Deps } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";
import { startExecution } from "./start-execution.ts";
import { wayBackFacts } from "./way-back-facts.ts";

/** Only where the target does not answer, and only with exactly what it costs: a person confirms the very numbers. */
export async function forceRollBack(
  deps: Deps,
  order: { readonly ref: WaveRef; readonly by: string; readonly reason: string; readonly confirmed: Toll },
): Promise<RollBackOrdered> {
  const { ref, by, reason, confirmed } = order;
  const { migration } = await loadPlan(deps, ref);
  const row = await loadWave(deps.store, ref);
  const met = rollBackRefusal(row);
  // One that waits for the target, or that was withdrawn for want of it, is what a forced one takes over.
  if (met !== undefined && row.phase !== "rolling-back" && row.phase !== "withdrawing") return answered(met);
  if (row.rollBack?.isForced === true && met !== undefined) return answered(met);
  // Asked now, and not only by the last tick: it may answer again.
  await measureWayBack(deps, ref, row, { isDue: true });
  const facts = await wayBackFacts(deps, row, migration.policy.evidenceSeconds);
  const now = eligibility(row, facts, deps.clock.now());
  const toll = now.forced;
  if (toll === undefined)
    return {
      outcome: "refused",
      because: `a forced roll-back of wave ${ref.wave} is for a target that does not answer; its way back is ${now.kind}: ${now.reasons.join("; ")}`,
      cure: "POST …/roll-back without `forced` waits for the target, and loses nothing",
    };
  if (!isSame(toll, confirmed))
    return {
      outcome: "refused",
      because: `a forced roll-back of wave ${ref.wave} costs ${JSON.stringify(toll)}, and ${JSON.stringify(confirmed)} was confirmed`,
      cure: `give "forced": ${JSON.stringify(toll)} if that is what you accept`,
    };
  const at = deps.clock.now();
  const { rollBackDeadlineSeconds: deadlineSeconds } = migration.policy;
  let gate: string | undefined;
  const written = await decideAndWrite<Refusal | Already>(deps, ref, (current) => {
    gate = current.gate?.token;
    return decideForcedRollBack(current, { by, cause: "person", reason, at, deadlineSeconds }, toll, {
      id: deps.newId(),
      now: at,
    });
  });
  if (written.decision.kind !== "write") return answered(written.decision);
  await startExecution(deps.engine, written.row);
  // The wave's own execution still waits for this token; without an answer it would wait for a year.
  if (gate !== undefined) await deps.engine.sendToken(gate, { superseded: true });
  return { outcome: "ordered", because: reason };
}

const isSame = (a: Toll, b: Toll): boolean =>
  a.loses === b.loses &&
  Object.keys(a.repeats).length === Object.keys(b.repeats).length &&
  Object.entries(a.repeats).every(([group, repeats]) => b.repeats[group] === repeats);
