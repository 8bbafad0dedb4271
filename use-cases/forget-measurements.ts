import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandDeps } from "./ports/deps.ts";

/** What was measured before is void: windows, comparisons and evidence begin anew, but for those windows that `keeps` names. */
export async function forgetMeasurements(
  { store }: Pick<CommandDeps, "store">,
  ref: WaveRef,
  keeps: readonly string[] = [],
): Promise<void> {
  for (const kind of ["WINDOW", "EVIDENCE"])
    for (const { name } of await store.items.list(ref, kind))
      if (!keeps.includes(name)) await store.items.remove(ref, kind, name);
}
