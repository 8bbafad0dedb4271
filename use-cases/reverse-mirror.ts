import { mayHaveReverse, type Phase } from "#core/wave/lifecycle.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepContext } from "./step-context.ts";
import { readFact, writeFact } from "./wave-facts.ts";

/** Known before the launch: from here on the attempt may have a reverse mirror, which whoever ends it must see stopped and gone. */
export const expectReverse = ({ store }: Pick<Deps, "store">, { attempt, ref }: StepContext): Promise<void> =>
  writeFact(store.items, ref, "reverse-launched", { attempt });

/**
 * Whether the attempt may have one. Without a launch nobody could be asked about it, and a way back would wait for ever; a
 * handler that died right before its launch is not waited for either.
 */
export async function hasReverse(
  { store }: Pick<Deps, "store">,
  { attempt, estate, ref, stillMine }: StepContext,
  from: Phase,
): Promise<boolean> {
  if (!mayHaveReverse(from)) return false;
  if (from !== "preparing-cutover") return true;
  if ((await readFact(store.items, ref, "reverse-launched"))?.attempt !== attempt) return false;
  if (!(await estate.workers.status("reverse")).isReady) {
    await stillMine();
    await estate.workers.launch("reverse");
  }
  return true;
}
