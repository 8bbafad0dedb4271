import type { WaveRef } from "#core/wave/wave.ts";
import type { Deps } from "./ports/deps.ts";

/** What was measured before is void: windows, comparisons and evidence begin anew. */
export async function forgetMeasurements({ store }: Pick<Deps, "store">, ref: WaveRef): Promise<void> {
  for (const kind of ["WINDOW", "EVIDENCE"])
    for (const { name } of await store.items.list(ref, kind)) await store.items.remove(ref, kind, name);
}
