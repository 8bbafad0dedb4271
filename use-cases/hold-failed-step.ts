import type { Already, Refusal } from "#core/wave/decision.ts";
import { decideHold } from "#core/wave/decisions.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import { messageOfCause } from "./message-of-cause.ts";
import type { CommandDeps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";

/** A step that failed however often the state tried: the wave holds with the last error, instead of trying for ever. */
export async function holdFailedStep(
  deps: Pick<CommandDeps, "store" | "clock">,
  input: RunRef & { readonly error: string; readonly cause: string },
): Promise<void> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const reason = `${input.error}: ${messageOfCause(input.cause)}`;
  await decideAndWrite<Refusal | Already>(deps, ref, (row) =>
    row.run === input.run
      ? decideHold(row, {
          kind: "step-failed",
          by: "sluice",
          at: deps.clock.now(),
          reason,
          cure: "when its cause is gone, POST …/resume",
        })
      : { kind: "already", because: "another run acts" },
  );
}
