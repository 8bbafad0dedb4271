import type { AclEntry } from "#core/kafka/acl.ts";
import { removeByHand } from "#core/rights/acl-fence.ts";
import type { Probed } from "#core/rights/allows-everyone.ts";
import { entriesOnTopic, missingFrom } from "#core/rights/client-rights.ts";
import { type FencedCluster, seenOnEveryBroker } from "./acl-spread.ts";
import type { StepContext } from "./step-context.ts";

/**
 * What brokers do with a topic that no entry matches, by effect: each is asked for a scratch name. Refused: they are closed.
 * Not refused: they allow everyone, or Sluice is a super user. Then the name gets one entry, for nobody: whoever is refused now
 * owed the first answer to the want of any. The name need not exist for that, so nothing is created or written.
 */
export async function probeAllowEveryone(
  context: StepContext,
  cluster: FencedCluster,
  entries: readonly AclEntry[],
): Promise<Probed> {
  const { rights, side } = cluster;
  const topic = `sluice-probe-${context.ref.migration}-${context.ref.wave}`;
  const forNobody: AclEntry = {
    resourceType: "TOPIC",
    resourceName: topic,
    pattern: "LITERAL",
    principal: "User:sluice-probe-nobody",
    host: "*",
    operation: "DESCRIBE",
    permission: "ALLOW",
  };
  const takeAway = async (): Promise<void> => {
    await rights.remove([forNobody]);
    await seenOnEveryBroker(context, cluster, [forNobody], "gone", `the probe's entry on ${topic} still stands`);
  };
  const [other] = missingFrom([forNobody], entriesOnTopic(entries, topic));
  if (other !== undefined)
    return {
      unprovable: `an ACL on ${other.resourceName} (${other.principal}) matches the scratch name ${topic}`,
      cure: `remove it: ${removeByHand(other, [side.toUpperCase()])}`,
    };
  // Left by a probe that died midway.
  if (missingFrom(entries, [forNobody]).length === 0) {
    await context.stillMine();
    await takeAway();
  }
  const without = await whoAllows(rights.mayDescribeOnEachBroker(topic));
  if (without.allow.length === 0) return "no";
  if (without.refuse.length > 0)
    return {
      unprovable: `broker ${without.allow.join(", ")} allows what broker ${without.refuse.join(", ")} refuses`,
      cure: "set allow.everyone.if.no.acl.found to the same on every broker",
    };
  await context.stillMine();
  try {
    await rights.add([forNobody]);
    await seenOnEveryBroker(context, cluster, [forNobody], "there", `the probe's entry on ${topic} does not stand`);
    const withOne = await whoAllows(rights.mayDescribeOnEachBroker(topic));
    if (withOne.allow.length === 0) return "yes";
  } finally {
    await takeAway();
  }
  return {
    unprovable: "Sluice's principal is a super user there, whom brokers allow everything",
    cure: `let Sluice sign in to the ${side} as a principal that is no super user and has the rights it needs, or give each topic of the wave an ACL`,
  };
}

async function whoAllows(
  asked: Promise<ReadonlyMap<number, boolean>>,
): Promise<{ readonly allow: readonly number[]; readonly refuse: readonly number[] }> {
  const answers = [...(await asked)];
  return {
    allow: answers.filter(([, allows]) => allows).map(([broker]) => broker),
    refuse: answers.filter(([, allows]) => !allows).map(([broker]) => broker),
  };
}
