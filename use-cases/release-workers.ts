import type { Phase } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepContext } from "./step-context.ts";
import { readFact, writeFact } from "./wave-facts.ts";

/** A wave in one of these phases has no connector: it needs no worker. */
const WITHOUT_MIRROR: readonly Phase[] = ["planned", "sealed", "rolled-back", "aborted"];

const DIRECTIONS = ["forward", "reverse"] as const;

/**
 * Releases both directions' workers with the last wave of the migration that uses them; answers whether it was the last.
 * Each wave first says that its connectors are gone and then looks at the others, so that of two that end at once at least
 * one sees both. One that begins meanwhile may have found the workers that are being released: it gets them back.
 */
export async function releaseWorkersIfUnused(deps: Pick<Deps, "store">, context: StepContext): Promise<boolean> {
  const { attempt, estate, ref, stillMine } = context;
  await stillMine();
  await writeFact(deps.store.items, ref, "mirrors-gone", { attempt });
  if ((await wavesThatMirror(deps, context)).length > 0) return false;
  for (const direction of DIRECTIONS) {
    await stillMine();
    await estate.workers.release(direction);
  }
  if ((await wavesThatMirror(deps, context)).length === 0) return true;
  for (const direction of DIRECTIONS) await estate.workers.launch(direction);
  return false;
}

/**
 * Whether a handler that died since had taken this attempt's connectors down. No worker may be asked for again then: their
 * rights may be withdrawn, and without them none gets ready.
 */
export const mirrorsAreGone = async ({ store }: Pick<Deps, "store">, { attempt, ref }: StepContext): Promise<boolean> =>
  (await readFact(store.items, ref, "mirrors-gone"))?.attempt === attempt;

/** The other waves of the migration that have a connector, or are about to. */
export async function wavesThatMirror(
  { store }: Pick<Deps, "store">,
  { ref }: StepContext,
): Promise<readonly WaveRow[]> {
  const mirrors = async (row: WaveRow): Promise<boolean> => {
    if (WITHOUT_MIRROR.includes(row.phase)) return row.phase === "planned" && row.run > 0;
    return (await readFact(store.items, row, "mirrors-gone"))?.attempt !== row.attempt;
  };
  const others = (await store.waves(ref.migration)).filter(({ wave }) => wave !== ref.wave);
  const answers = await Promise.all(others.map(mirrors));
  return others.filter((_, i) => answers[i]);
}
