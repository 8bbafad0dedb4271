import type { FencePlan } from "#core/rights/acl-fence.ts";
import { planFence } from "./plan-fence.ts";
import type { Deps } from "./ports/deps.ts";
import { liftFence } from "./source-fence.ts";
import type { StepContext } from "./step-context.ts";
import { readFact, writeFact } from "./wave-facts.ts";

/** Stored before it is raised, so that whoever comes after can lift it. */
export async function planTargetFence({ store }: Deps, context: StepContext): Promise<FencePlan> {
  const { ref } = context;
  const stored = await readFact(store.items, ref, "target-fence");
  if (stored !== undefined && !stored.isLifted) return stored.plan;
  const { fence: plan } = await planFence(context, "target");
  await writeFact(store.items, ref, "target-fence", { plan, isLifted: false });
  return plan;
}

/** What it was stays known: a handler that lost its turn may raise it once more. */
export async function liftTargetFence({ store }: Deps, context: StepContext): Promise<void> {
  const { ref } = context;
  const stored = await readFact(store.items, ref, "target-fence");
  if (stored === undefined || stored.isLifted) return;
  await liftFence(context, context.estate.target, stored.plan);
  await writeFact(store.items, ref, "target-fence", { ...stored, isLifted: true });
}
