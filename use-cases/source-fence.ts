import { type FencePlan, liftOrder } from "#core/rights/acl-fence.ts";
import { type FencedCluster, seenOnEveryBroker } from "./acl-spread.ts";
import type { StepContext } from "./step-context.ts";

/** Nobody writes on the wave's topics of that side any more; seen on every broker. */
export async function raiseFence(context: StepContext, cluster: FencedCluster, fence: FencePlan): Promise<void> {
  await context.stillMine();
  await cluster.rights.add(fence.freeze);
  await seenOnEveryBroker(context, cluster, fence.freeze, "there", "the fence is not up");
}

/** Before the mirror writes behind the fence: what bars each of the others takes over from what bars everyone, without a gap. */
export async function narrowFence(context: StepContext, fence: FencePlan): Promise<void> {
  const { source } = context.estate;
  const { add, remove } = fence.narrowed;
  await context.stillMine();
  await source.rights.add(add);
  await seenOnEveryBroker(context, source, add, "there", "the fence per principal is not up");
  await context.stillMine();
  await source.rights.remove(remove);
  await seenOnEveryBroker(context, source, remove, "gone", "the fence for everyone is still up");
}

/** Takes away the fence's own entries and nothing else; their absence is seen on every broker. */
export async function liftFence(context: StepContext, cluster: FencedCluster, fence: FencePlan): Promise<void> {
  const own = liftOrder(fence);
  if (own.length === 0) return;
  await context.stillMine();
  await cluster.rights.remove(own);
  await seenOnEveryBroker(context, cluster, own, "gone", "the fence is still up");
}
