import type { WaveRef } from "#core/wave/wave.ts";
import { decideRetry } from "#core/wave/way-back.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import { forgetMeasurements } from "./forget-measurements.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { isRefused, type Refused } from "./refused.ts";
import { startExecution } from "./start-execution.ts";

/** Another attempt of a wave that was rolled back or aborted. All evidence of the last one is void. */
export async function retryWave(deps: CommandDeps, ref: WaveRef, person: string): Promise<CommandAnswer | Refused> {
  const commanded = await commandWave(deps, ref, { person, role: "operator", what: "retrying a wave" }, (row) =>
    decideRetry(row, person, deps.clock.now()),
  );
  if (!isRefused(commanded) && commanded.isWritten) {
    await forgetMeasurements(deps, ref);
    await startExecution(deps.engine, commanded.row);
  }
  return answerOf(commanded);
}
