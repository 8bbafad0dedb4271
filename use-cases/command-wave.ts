import type { Role } from "#core/people/people.ts";
import type { Already, CommandDecision, Refusal } from "#core/wave/decision.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import { missingRole } from "./missing-role.ts";
import type { Deps } from "./ports/deps.ts";
import { noWave } from "./read-wave.ts";
import { isRefused, type Refused, refused } from "./refused.ts";
import { type WaveAnswer, waveAnswer } from "./wave-answer.ts";

export type CommandAnswer = {
  readonly wave: WaveAnswer;
  /** Set where the effect already held and nothing was written. */
  readonly already?: string;
};

/** A person's command on one wave: who may, what the row allows, one journalled write. */
export async function commandWave(
  deps: Pick<Deps, "store" | "clock">,
  ref: WaveRef,
  command: { readonly person: string; readonly role: Role; readonly what: string },
  decide: (row: WaveRow) => CommandDecision,
): Promise<{ readonly answer: CommandAnswer; readonly row: WaveRow; readonly isWritten: boolean } | Refused> {
  const migration = await deps.store.migration(ref.migration);
  if (migration === undefined || (await deps.store.wave(ref)) === undefined) return noWave(ref);
  const missing = missingRole(migration, command.person, command.role, command.what);
  if (missing !== undefined) return missing;
  const { decision, row } = await decideAndWrite<Refusal | Already>(deps, ref, decide);
  if (decision.kind === "refused") return refused("conflict", decision.because, { cure: decision.cure });
  const answer = {
    wave: await waveAnswer(deps, row),
    ...(decision.kind === "already" && { already: decision.because }),
  };
  return { answer, row, isWritten: decision.kind === "write" };
}

export const answerOf = (commanded: Awaited<ReturnType<typeof commandWave>>): CommandAnswer | Refused =>
  isRefused(commanded) ? commanded : commanded.answer;
