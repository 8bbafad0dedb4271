import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { StepContext } from "./step-context.ts";
import type { Fact } from "./wave-facts.ts";

/** An ACL is the brokers' own from metadata on, each at its own time: an entry counts when each broker lists it. */
const SPREAD_SECONDS = 5;

async function waitUntil(
  context: StepContext,
  { rights, side }: Pick<Cluster<Side>, "rights" | "side">,
  entries: readonly AclEntry[],
  isWanted: (listed: readonly AclEntry[]) => boolean,
  what: string,
): Promise<void> {
  await context.waitFor(
    "the fence's entries on every broker",
    SPREAD_SECONDS,
    async () => ([...(await rights.presentOnEachBroker(entries)).values()].every(isWanted) ? true : undefined),
    async () => {
      const wrong = [...(await rights.presentOnEachBroker(entries))]
        .filter(([, listed]) => !isWanted(listed))
        .map(([broker]) => broker);
      return new OperatorFault(`${what} on broker ${wrong.join(", ")} of the ${side} after ${SPREAD_SECONDS} s`);
    },
  );
}

/** DENY WRITE for everyone on the wave's topics, seen on every broker of that side. */
export async function raiseFence(
  context: StepContext,
  cluster: Pick<Cluster<Side>, "rights" | "side">,
  fence: Fact<"fence">,
): Promise<void> {
  await context.stillMine();
  await cluster.rights.add(fence.everyone);
  await waitUntil(
    context,
    cluster,
    fence.everyone,
    (listed) => listed.length === fence.everyone.length,
    "the fence is not up",
  );
}

/** Before the reverse mirror writes: one DENY per principal takes over from the DENY for everyone, without a gap. */
export async function narrowFence(context: StepContext, fence: Fact<"fence">): Promise<void> {
  const { source } = context.estate;
  await context.stillMine();
  await source.rights.add(fence.perPrincipal);
  await waitUntil(
    context,
    source,
    fence.perPrincipal,
    (listed) => listed.length === fence.perPrincipal.length,
    "the fence per principal is not up",
  );
  await context.stillMine();
  await source.rights.remove(fence.everyone);
  await waitUntil(
    context,
    source,
    fence.everyone,
    (listed) => listed.length === 0,
    "the fence for everyone is still up",
  );
}

/** Takes away the fence's own entries and nothing else; their absence is seen on every broker. */
export async function liftFence(
  context: StepContext,
  cluster: Pick<Cluster<Side>, "rights" | "side">,
  fence: Fact<"fence">,
): Promise<void> {
  const own = [...fence.perPrincipal, ...fence.everyone];
  if (own.length === 0) return;
  await context.stillMine();
  await cluster.rights.remove(own);
  await waitUntil(context, cluster, own, (listed) => listed.length === 0, "the fence is still up");
}
