import type { AclEntry } from "#core/kafka/acl.ts";
import { distinct, entriesOnTopic, missingFrom } from "./client-rights.ts";

export type FencePlan = {
  /** DENY WRITE to everyone, on each literal topic: stands during the freeze, when the mirror only reads there. */
  readonly everyone: readonly AclEntry[];
  /** DENY WRITE per principal with effective write: takes over before the reverse mirror writes there. */
  readonly perPrincipal: readonly AclEntry[];
  /** Principals that no ACL can bar. */
  readonly unbarrable: readonly string[];
};

export type FenceRefusal = { readonly because: string; readonly cure: string };

/**
 * The fence of a wave's topics on the source, by ACL. Refused where a DENY would shut out everybody (a topic without any
 * entry on brokers that then allow everyone), bar nobody (an ALLOW to write for everyone cannot be swapped per principal)
 * or be told from an entry that stands already.
 */
export function planAclFence(given: {
  readonly entries: readonly AclEntry[];
  readonly topics: readonly string[];
  readonly mirrorPrincipal: string;
  readonly superUsers: readonly string[];
  readonly brokersAllowEveryone: "yes" | "no" | "unknown";
}): FencePlan | FenceRefusal {
  const everyone: AclEntry[] = [];
  const perPrincipal: AclEntry[] = [];
  for (const topic of given.topics) {
    const matching = entriesOnTopic(given.entries, topic);
    if (matching.length === 0 && given.brokersAllowEveryone !== "no")
      return {
        because: `topic ${topic} has no ACL on the source, and its brokers ${given.brokersAllowEveryone === "yes" ? "then allow everyone" : "may then allow everyone (brokersAllowEveryone is unknown)"}: a DENY would shut out every reader too`,
        cure: `give ${topic} ALLOW entries for the principals that use it (kafka-acls --add --topic ${topic} --allow-principal …), or declare source.brokersAllowEveryone: no`,
      };
    const writers = matching.filter(
      (e) => e.permission === "ALLOW" && (e.operation === "WRITE" || e.operation === "ALL"),
    );
    if (writers.some((e) => e.principal === "User:*"))
      return {
        because: `topic ${topic} lets everyone (User:*) write on the source; a fence per principal cannot name them all`,
        cure: `replace that entry by one per principal that writes to ${topic}`,
      };
    const all = denyWrite(topic, "User:*");
    if (missingFrom(given.entries, [all]).length === 0)
      return {
        because: `topic ${topic} denies WRITE to everyone (User:*) on the source already, which is not this wave's: the reverse mirror could not write there, and a thaw would take that entry away`,
        cure: `remove it: ${liftByHand(all, ["SOURCE"])}`,
      };
    everyone.push(all);
    for (const writer of writers)
      if (writer.principal !== given.mirrorPrincipal) perPrincipal.push(denyWrite(topic, writer.principal));
  }
  // What stands already bars its principal, and is not the fence's to take away.
  const own = missingFrom(given.entries, distinct(perPrincipal));
  return { everyone, perPrincipal: own, unbarrable: given.superUsers };
}

const denyWrite = (topic: string, principal: string): AclEntry => ({
  resourceType: "TOPIC",
  resourceName: topic,
  pattern: "LITERAL",
  principal,
  host: "*",
  operation: "WRITE",
  permission: "DENY",
});

/** A command that lifts one entry by hand, for the journal: what a person types at 3 a.m. when nothing else answers. */
export const liftByHand = (entry: AclEntry, bootstrapServers: readonly string[]): string =>
  `kafka-acls --bootstrap-server ${bootstrapServers.join(",")} --remove --force --deny-principal '${entry.principal}' --operation Write --topic '${entry.resourceName}' --resource-pattern-type literal`;
