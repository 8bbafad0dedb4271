import { decideResume } from "#core/wave/decisions.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import { forgetMeasurements } from "./forget-measurements.ts";
import { cursorsOf } from "./mirror-cursors.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { isRefused, type Refused } from "./refused.ts";
import { startExecution } from "./start-execution.ts";

/** Takes the step up again. What was measured before the hold is void: windows begin anew. */
export async function resumeWave(deps: CommandDeps, ref: WaveRef, person: string): Promise<CommandAnswer | Refused> {
  let gate: WaveRow["gate"];
  const commanded = await commandWave(deps, ref, { person, role: "operator", what: "resuming a wave" }, (row) => {
    gate = row.gate;
    return decideResume(row, person);
  });
  if (!isRefused(commanded) && commanded.isWritten) {
    // Records of late writers that a person was told of must not hold the wave again.
    await forgetMeasurements(
      deps,
      ref,
      (name) => commanded.row.phase === "producers-moved" && name === cursorsOf("reverse"),
    );
    await startExecution(deps.engine, commanded.row);
    // The execution of the run before still waits for this token; without an answer it would wait for a year.
    if (gate !== undefined) await deps.engine.sendToken(gate.token, { superseded: true });
  }
  const answer = answerOf(commanded);
  return isRefused(answer) || answer.already === undefined
    ? answer
    : { ...answer, already: `${answer.already}${await whoResumed(deps, ref)}` };
}

/** For the loser of a race. */
async function whoResumed({ store }: CommandDeps, ref: WaveRef): Promise<string> {
  const last = (await store.journal(ref)).findLast(({ event }) => event === "WaveResumed");
  return last === undefined ? "" : `, resumed by ${last.by} at ${new Date(last.at).toISOString()}`;
}
