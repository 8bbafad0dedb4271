import { decideHold } from "#core/wave/decisions.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { answerOf, type CommandAnswer, commandWave } from "./command-wave.ts";
import type { CommandDeps } from "./ports/deps.ts";
import type { Refused } from "./refused.ts";

/** Stops advancing and changes nothing. A step that is being done ends first. */
export const holdWave = async (
  deps: Pick<CommandDeps, "store" | "clock">,
  ref: WaveRef,
  person: string,
  reason: string,
): Promise<CommandAnswer | Refused> =>
  answerOf(
    await commandWave(deps, ref, { person, role: "operator", what: "holding a wave" }, (row) =>
      decideHold(row, { kind: "by-person", by: person, at: deps.clock.now(), reason, cure: "POST …/resume" }),
    ),
  );
