import type { Side } from "#core/kafka/offset.ts";
import { type FencePlan, liftOrder } from "#core/rights/acl-fence.ts";
import { seenOnEveryBroker } from "./acl-spread.ts";
import type { StepContext } from "./step-context.ts";

/** Nobody writes on the wave's topics of that side any more; seen on every broker. */
export async function raiseFence(context: StepContext, side: Side, fence: FencePlan): Promise<void> {
  await context.stillMine();
  await context.estate[side].rights.add(fence.freeze);
  await seenOnEveryBroker(context, side, fence.freeze, "there", "the fence is not up");
}

/** Before the mirror writes behind the fence: what bars each of the others takes over from what bars everyone, without a gap. */
export async function narrowFence(context: StepContext, side: Side, fence: FencePlan): Promise<void> {
  const { rights } = context.estate[side];
  const { add, remove } = fence.narrowed;
  await context.stillMine();
  await rights.add(add);
  await seenOnEveryBroker(context, side, add, "there", "the fence per principal is not up");
  await context.stillMine();
  await rights.remove(remove);
  await seenOnEveryBroker(context, side, remove, "gone", "the fence for everyone is still up");
}

/** Takes away the fence's own entries and nothing else; their absence is seen on every broker. */
export async function liftFence(context: StepContext, side: Side, fence: FencePlan): Promise<void> {
  const own = liftOrder(fence);
  if (own.length === 0) return;
  await context.stillMine();
  await context.estate[side].rights.remove(own);
  await seenOnEveryBroker(context, side, own, "gone", "the fence is still up");
}
