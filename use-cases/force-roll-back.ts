import { connectorName } from "#core/wave/connector-name.ts";
import type { Already, Refusal } from "#core/wave/decision.ts";
import { eligibility, tollOf } from "#core/wave/eligibility.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideForcedRollBack, type Toll } from "#core/wave/way-back.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import type { RollBackOrdered } from "./order-roll-back.ts";
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
  const facts = await wayBackFacts(deps, row, migration.policy.evidenceSeconds, await carriedByNow(deps, row));
  if (facts?.targetProblem === undefined)
    return {
      outcome: "refused",
      because: `the target answers, as far as the last tick has seen: ${eligibility(row, facts, deps.clock.now()).reasons.join("; ")}`,
      cure: "POST …/roll-back without `forced` waits for the target, and loses nothing",
    };
  const toll = tollOf(facts);
  if (!isSame(toll, confirmed))
    return {
      outcome: "refused",
      because: `a forced roll-back of wave ${ref.wave} costs ${JSON.stringify(toll)}, and ${JSON.stringify(confirmed)} was confirmed`,
      cure: `give "forced": ${JSON.stringify(toll)} if that is what you accept`,
    };
  const now = deps.clock.now();
  const { rollBackDeadlineSeconds: deadlineSeconds } = migration.policy;
  const written = await decideAndWrite<Refusal | Already>(deps, ref, (current) =>
    decideForcedRollBack(current, { by, cause: "person", reason, at: now, deadlineSeconds }, toll, {
      id: deps.newId(),
      now,
    }),
  );
  if (written.decision.kind !== "write")
    return {
      outcome: written.decision.kind,
      because: written.decision.because,
      ...(written.decision.kind === "refused" &&
        written.decision.cure !== undefined && { cure: written.decision.cure }),
    };
  await startExecution(deps.engine, written.row);
  return { outcome: "ordered", because: reason };
}

/** The reverse mirror's own record of what it has carried is on the source. */
async function carriedByNow(deps: Deps, row: WaveRow) {
  const { migration } = await loadPlan(deps, { migration: row.migration, wave: row.wave });
  const { replicator, workers } = await deps.estate(migration);
  if (!(await workers.status("reverse")).isReady) return undefined;
  return replicator.replicatedThrough(
    "reverse",
    connectorName({ migration: row.migration, wave: row.wave }, row.attempt, "reverse"),
  );
}

const isSame = (a: Toll, b: Toll): boolean =>
  a.loses === b.loses &&
  Object.keys(a.repeats).length === Object.keys(b.repeats).length &&
  Object.entries(a.repeats).every(([group, repeats]) => b.repeats[group] === repeats);
