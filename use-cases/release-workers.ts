import type { Phase } from "#core/wave/lifecycle.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepContext } from "./step-context.ts";

/** A wave in one of these phases has no connector: it needs no worker. */
const WITHOUT_MIRROR: readonly Phase[] = ["planned", "sealed", "rolled-back", "aborted"];

/** Releases both directions' workers with the last wave of the migration that uses them; answers whether it was the last. */
export async function releaseWorkersIfUnused({ store }: Deps, context: StepContext): Promise<boolean> {
  const { estate, ref } = context;
  const others = (await store.waves(ref.migration)).filter(
    (row) =>
      row.wave !== ref.wave && !(WITHOUT_MIRROR.includes(row.phase) && !(row.phase === "planned" && row.run > 0)),
  );
  if (others.length > 0) return false;
  for (const direction of ["forward", "reverse"] as const) {
    await context.stillMine();
    await estate.workers.release(direction);
  }
  return true;
}
