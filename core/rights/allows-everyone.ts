import type { AclEntry } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { WavePlan } from "#core/migration/migration.ts";
import type { FenceRefusal } from "./acl-fence.ts";
import { entriesOnTopic, matches } from "./client-rights.ts";

/** What brokers did with a resource that no entry matches; unprovable: why, and what a person can do. */
export type Probed = "yes" | "no" | { readonly unprovable: string; readonly cure: string };

/** Whether the fence depends on what brokers do with a resource without any entry. */
export const mustBeProbed = (
  declared: "yes" | "no" | "unknown",
  entries: readonly AclEntry[],
  topics: readonly string[],
): boolean =>
  topics.some((topic) => entriesOnTopic(entries, topic).length === 0) ||
  (declared === "unknown" && !entries.some((e) => e.resourceType === "CLUSTER"));

/** The declaration, confirmed by what brokers did; the one does not stand in for the other. */
export function confirmDeclaration(
  side: Side,
  declared: "yes" | "no" | "unknown",
  probed: Probed,
): { readonly allowsEveryone: boolean } | FenceRefusal {
  if (typeof probed === "object")
    return {
      because: `whether brokers of the ${side} allow everyone where no ACL is found cannot be proved: ${probed.unprovable}`,
      cure: probed.cure,
    };
  if (declared !== "unknown" && declared !== probed)
    return {
      because: `the migration file says ${side}.brokersAllowEveryone: ${declared}, and the brokers ${probed === "yes" ? "let Sluice describe" : "refuse Sluice"} a topic that no ACL names`,
      cure: `set ${side}.brokersAllowEveryone to "${probed}" in the migration file, or allow.everyone.if.no.acl.found=${declared === "yes"} on every broker`,
    };
  return { allowsEveryone: probed === "yes" };
}

/** Topics that no entry matches, where that means that everyone may do everything. */
export const openTopics = (
  entries: readonly AclEntry[],
  topics: readonly string[],
  allowsEveryone: boolean,
): readonly string[] => (allowsEveryone ? topics.filter((topic) => entriesOnTopic(entries, topic).length === 0) : []);

/** The entries, with what brokers allow everyone for want of any written out for the wave's topics and groups. */
export const withImplicitRights = (
  entries: readonly AclEntry[],
  plan: WavePlan,
  allowsEveryone: boolean,
): readonly AclEntry[] => {
  if (!allowsEveryone) return entries;
  const groups = plan.groups.map(({ id }) => id).filter((id) => !entries.some((entry) => matches(entry, "GROUP", id)));
  return [
    ...entries,
    ...openTopics(entries, plan.topics, true).map((name) => everythingTo("TOPIC", name)),
    ...groups.map((name) => everythingTo("GROUP", name)),
  ];
};

const everythingTo = (resourceType: "TOPIC" | "GROUP", resourceName: string): AclEntry => ({
  resourceType,
  resourceName,
  pattern: "LITERAL",
  principal: "User:*",
  host: "*",
  operation: "ALL",
  permission: "ALLOW",
});
