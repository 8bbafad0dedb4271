import { connectorName } from "#core/wave/connector-name.ts";
import { ensureWorkersReady, waitForOtherFreezes } from "./ensure-mirror.ts";
import type { Deps } from "./ports/deps.ts";
import type { StepContext } from "./step-context.ts";
import { liftTargetFence } from "./target-fence.ts";
import { readFact, writeFact } from "./wave-facts.ts";

/**
 * A forced roll-back leaves on the target what it could not reach: forward connectors, which go on mirroring as soon as a
 * worker is there, the clients' right to write, and the fence of a roll-back before it, which would bar the next mirror.
 */
export async function clearEarlierAttempts(deps: Deps, context: StepContext): Promise<void> {
  const { attempt, estate, ref } = context;
  const { items } = deps.store;
  if (attempt === 1) return;
  await ensureWorkersReady(context, "forward");
  for (let earlier = 1; earlier < attempt; earlier++) {
    const name = connectorName(ref, earlier, "forward");
    if ((await estate.replicator.status("forward", name)) === undefined) continue;
    await waitForOtherFreezes(deps, context);
    await context.stillMine();
    await estate.replicator.remove("forward", name);
  }
  const rights = (await readFact(items, ref, "write-rights")) ?? [];
  if (rights.length > 0) {
    await context.stillMine();
    await estate.target.rights.remove(rights);
    await writeFact(items, ref, "write-rights", []);
  }
  await liftTargetFence(deps, context);
}
