import type { Already, Superseded } from "#core/wave/decision.ts";
import { decideOpenGate } from "#core/wave/decisions.ts";
import type { StepName } from "#core/wave/lifecycle.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { decideAndWrite } from "./decide-and-write.ts";
import type { Deps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";

/** Stores the execution's token on the row; the timer or an approval closes the gate. A run that is over gets its token back at once. */
export async function openGate(
  deps: Pick<Deps, "store" | "clock" | "engine" | "ticks">,
  input: RunRef & { readonly step: StepName; readonly token: string },
): Promise<void> {
  const ref: WaveRef = { migration: input.migration, wave: input.wave };
  const opened = await decideAndWrite<Already | Superseded>(deps, ref, (row) =>
    decideOpenGate(row, { ...input, now: deps.clock.now() }),
  );
  if (opened.decision.kind === "superseded") await deps.engine.sendToken(input.token, { superseded: true });
  else await deps.ticks.requestTick(ref);
}
