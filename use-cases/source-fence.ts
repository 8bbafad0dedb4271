import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { AccessRights } from "./ports/cluster.ts";
import type { StepContext } from "./step-context.ts";
import type { Fact } from "./wave-facts.ts";

/** An ACL is the brokers' own from metadata on, each at its own time: an entry counts when each broker lists it. */
const SPREAD_SECONDS = 5;

async function waitUntil(
  context: StepContext,
  rights: AccessRights,
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
      return new OperatorFault(`${what} on broker ${wrong.join(", ")} of the source after ${SPREAD_SECONDS} s`);
    },
  );
}

/** DENY WRITE for everyone on the wave's topics, seen on every broker. */
export async function raiseFence(context: StepContext, fence: Fact<"fence">): Promise<void> {
  const { rights } = context.estate.source;
  await context.stillMine();
  await rights.add(fence.everyone);
  await waitUntil(
    context,
    rights,
    fence.everyone,
    (listed) => listed.length === fence.everyone.length,
    "the fence is not up",
  );
}

/** Before the reverse mirror writes: one DENY per principal takes over from the DENY for everyone, without a gap. */
export async function narrowFence(context: StepContext, fence: Fact<"fence">): Promise<void> {
  const { rights } = context.estate.source;
  await context.stillMine();
  await rights.add(fence.perPrincipal);
  await waitUntil(
    context,
    rights,
    fence.perPrincipal,
    (listed) => listed.length === fence.perPrincipal.length,
    "the fence per principal is not up",
  );
  await context.stillMine();
  await rights.remove(fence.everyone);
  await waitUntil(
    context,
    rights,
    fence.everyone,
    (listed) => listed.length === 0,
    "the fence for everyone is still up",
  );
}

/** Takes away the fence's own entries and nothing else; their absence is seen on every broker. */
export async function liftFence(context: StepContext, fence: Fact<"fence">): Promise<void> {
  const { rights } = context.estate.source;
  const own = [...fence.perPrincipal, ...fence.everyone];
  if (own.length === 0) return;
  await context.stillMine();
  await rights.remove(own);
  await waitUntil(context, rights, own, (listed) => listed.length === 0, "the fence is still up");
}
