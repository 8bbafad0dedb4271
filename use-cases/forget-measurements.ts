import type { WaveRef } from "#core/wave/wave.ts";
import type { CommandDeps } from "./ports/deps.ts";

/** What was measured before is void: windows, comparisons and evidence begin anew, but for those items that it `keeps`. */
export async function forgetMeasurements(
  { store }: Pick<CommandDeps, "store">,
  ref: WaveRef,
  keeps: (name: string) => boolean = () => false,
): Promise<void> {
  for (const kind of ["WINDOW", "EVIDENCE"])
    for (const { name } of await store.items.list(ref, kind))
      if (!keeps(name)) await store.items.remove(ref, kind, name);
}
