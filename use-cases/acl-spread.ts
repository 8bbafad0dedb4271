import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { StepContext } from "./step-context.ts";

export type FencedCluster = Pick<Cluster<Side>, "rights" | "side">;

/** An ACL is the brokers' own from metadata on, each at its own time: an entry counts when each broker lists it. */
const SPREAD_SECONDS = 5;

export async function seenOnEveryBroker(
  context: StepContext,
  { rights, side }: FencedCluster,
  entries: readonly AclEntry[],
  wanted: "there" | "gone",
  what: string,
): Promise<void> {
  if (entries.length === 0) return;
  const isWanted = (listed: readonly AclEntry[]): boolean =>
    listed.length === (wanted === "there" ? entries.length : 0);
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
