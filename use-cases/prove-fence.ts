import { OperatorFault } from "#core/fault.ts";
import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { TopicPartition } from "#core/kafka/topic-partition.ts";
import type { FencePlan } from "#core/rights/acl-fence.ts";
import { missingFrom } from "#core/rights/client-rights.ts";
import type { Cluster } from "./ports/cluster.ts";
import { proveSilence, type Silence } from "./prove-silence.ts";
import type { StepContext } from "./step-context.ts";

/** Behind a fence that is up: nobody writes, and at the end of it the fence still stands. A bar that somebody took away meanwhile proves nothing. */
export async function proveFence<S extends Side>(
  context: StepContext,
  cluster: Cluster<S>,
  fence: FencePlan,
  partitions: readonly TopicPartition[],
): Promise<Silence<S>> {
  const silence = await proveSilence(
    context,
    cluster,
    partitions,
    context.migration.policy.drainSeconds,
    async () =>
      (await takenAway(cluster, fence)) ??
      "the fence does not hold against it: super users pass every ACL; stop it there, or let it sign in as a principal that is no super user",
  );
  const gone = await takenAway(cluster, fence);
  if (gone !== undefined) throw new OperatorFault(gone);
  return silence;
}

/** A sentence, where it does not stand on every broker. */
async function takenAway({ rights, side }: Cluster<Side>, { freeze }: FencePlan): Promise<string | undefined> {
  if (freeze.length === 0) return undefined;
  for (const [broker, listed] of await rights.presentOnEachBroker(freeze)) {
    const missing = missingFrom(listed, freeze);
    if (missing.length > 0)
      return `the fence was taken away while it was being proved: ${missing.map(inWords).join(", ")} is not on broker ${broker} of the ${side} any more; see who else changes the ACLs of these topics, and keep them from it`;
  }
  return undefined;
}

const inWords = ({ permission, principal, operation, resourceName }: AclEntry): string =>
  `${permission} ${operation} to ${principal} on topic ${resourceName}`;
