import { allPass, judgeGates } from "#core/gate/gates.ts";
import type { Already, Refusal } from "#core/wave/decision.ts";
import { decideGatePassed, decideTakeUp } from "#core/wave/decisions.ts";
import { stepRow } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite, loadWave } from "./decide-and-write.ts";
import type { Evidence } from "./evidence.ts";
import { gateFacts } from "./gate-facts.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { hasExecution, startExecution } from "./start-execution.ts";

/**
 * Where every gate before the step passes, the row says so first and the token is sent after; it is sent again until the
 * step is claimed. A refused token means that its execution is gone: the next run takes the wave up.
 * `known`: evidence that was read when the row had that version. Answers the row where it was only looked at.
 */
export async function closeGates(
  deps: CommandDeps,
  ref: WaveRef,
  known?: { readonly evidence: Evidence; readonly version: number },
): Promise<WaveRow | undefined> {
  let row = await loadWave(deps.store, ref);
  if (row.gate === undefined || row.gate.run !== row.run || row.hold !== undefined) return row;
  const step = stepRow(row.gate.step);
  if (row.phase !== step.from) return row;
  if (row.gate.passedAt === undefined) {
    const evidence = known?.version === row.version ? known.evidence : undefined;
    if (!allPass(judgeGates(await gateFacts(deps, ref, row, step, evidence)))) return row;
    const judged = row.gate;
    const passed = await decideAndWrite<Already>(deps, ref, (current) =>
      decideGatePassed(current, judged, deps.clock.now()),
    );
    row = passed.row;
  }
  if (row.gate?.passedAt === undefined) return row;
  const sent = await deps.engine.sendToken(row.gate.token, { passed: true });
  // Refused between a token that arrived and the claim that follows it, too: only an execution that is gone is lost.
  if (sent === "refused" && !(await hasExecution(deps.engine, row)))
    await takeUp(deps, row, "its token was refused and its execution is gone");
  return undefined;
}

/** Raises the run and starts the next execution: the one rule for everything that was lost. */
export async function takeUp(deps: CommandDeps, seen: WaveRow, because: string): Promise<void> {
  const ref = { migration: seen.migration, wave: seen.wave };
  const { decision, row } = await decideAndWrite<Refusal | Already>(deps, ref, (current) =>
    current.run === seen.run && current.phase === seen.phase
      ? decideTakeUp(current, because)
      : { kind: "already", because: "somebody else acted" },
  );
  if (decision.kind === "write") await startExecution(deps.engine, row);
}
