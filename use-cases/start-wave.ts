import { decideStart } from "#core/wave/decisions.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import type { CommandDeps } from "./ports/deps.ts";
import { isRefused, type Refused } from "./refused.ts";
import { startExecution } from "./start-execution.ts";

export async function startWave(deps: CommandDeps, ref: WaveRef, person: string): Promise<CommandAnswer | Refused> {
  const commanded = await commandWave(deps, ref, { person, role: "operator", what: "starting a wave" }, (row) =>
    decideStart(row, person, deps.clock.now()),
  );
  if (!isRefused(commanded) && commanded.isWritten) await startExecution(deps.engine, commanded.row);
  return answerOf(commanded);
}
