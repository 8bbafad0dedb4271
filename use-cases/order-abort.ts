import type { WaveRef } from "#core/wave/wave.ts";
import { decideAbort } from "#core/wave/way-back.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { isRefused, type Refused } from "./refused.ts";
import { startExecution } from "./start-execution.ts";

/** A person gives a wave up of which no client has moved. */
export async function orderAbort(
  deps: CommandDeps,
  ref: WaveRef,
  order: { readonly person: string; readonly reason: string; readonly deletesTargetTopics: boolean },
): Promise<CommandAnswer | Refused> {
  const { person, reason, deletesTargetTopics } = order;
  let gate: string | undefined;
  const commanded = await commandWave(deps, ref, { person, role: "operator", what: "aborting a wave" }, (row) => {
    gate = row.gate?.token;
    return decideAbort(row, { by: person, at: deps.clock.now(), reason, deletesTargetTopics });
  });
  if (!isRefused(commanded) && commanded.isWritten) {
    await startExecution(deps.engine, commanded.row);
    // The wave's own execution still waits for this token; without an answer it would wait for a year.
    if (gate !== undefined) await deps.engine.sendToken(gate, { superseded: true });
  }
  return answerOf(commanded);
}
