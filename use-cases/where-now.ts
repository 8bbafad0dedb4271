import { isAtRest } from "#core/wave/decisions.ts";
import type { Phase } from "#core/wave/lifecycle.ts";
import { loadWave } from "./decide-and-write.ts";
import type { CommandDeps } from "./ports/deps.ts";
import type { RunRef } from "./ports/engine.ts";

export type WhereNow = {
  readonly phase: Phase;
  /** "over": the wave is at rest, or another run acts on it. */
  readonly turn: "mine" | "over";
};

/** What an execution asks before each move: the row decides, not its own history. */
export async function whereNow(deps: Pick<CommandDeps, "store">, input: RunRef): Promise<WhereNow> {
  const row = await loadWave(deps.store, { migration: input.migration, wave: input.wave });
  return { phase: row.phase, turn: row.run === input.run && !isAtRest(row) ? "mine" : "over" };
}
