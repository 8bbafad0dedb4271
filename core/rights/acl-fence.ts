import type { AclEntry, AclOperation } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { distinct, entriesOnTopic, missingFrom } from "./client-rights.ts";

export type FencePlan = {
  /** Goes up at the freeze, entry by entry in this order; then nobody writes on these topics. */
  readonly freeze: readonly AclEntry[];
  /** Before the mirror writes behind the fence: all of `add` in this order, then `remove`, which is part of `freeze`. */
  readonly narrowed: { readonly add: readonly AclEntry[]; readonly remove: readonly AclEntry[] };
  /** Principals that no ACL can bar. */
  readonly unbarrable: readonly string[];
};

export type FenceRefusal = { readonly because: string; readonly cure: string };

/**
 * The fence of a wave's topics on one side, by ACL. Where entries match a topic: a DENY on its literal name, for everyone and
 * then per principal. Where none does and brokers then allow everyone, a DENY would bar every reader too: everyone is allowed
 * to read instead, which as the topic's only entry leaves nobody the right to write.
 */
export function planAclFence(given: {
  readonly side: Side;
  readonly entries: readonly AclEntry[];
  readonly topics: readonly string[];
  /** Who writes behind the narrowed fence; none: nobody does. */
  readonly mirrorPrincipal?: string;
  readonly superUsers: readonly string[];
  /** What brokers do with a resource without any entry. */
  readonly allowsEveryone: boolean;
}): FencePlan | FenceRefusal {
  const { side, entries, mirrorPrincipal } = given;
  const unsafe = whoCouldLiftIt(side, entries, given.allowsEveryone);
  if (unsafe !== undefined) return unsafe;
  const freeze: AclEntry[] = [];
  const add: AclEntry[] = [];
  const remove: AclEntry[] = [];
  for (const topic of given.topics) {
    const matching = entriesOnTopic(entries, topic);
    if (matching.length === 0 && given.allowsEveryone) {
      // As the first entry it bars everyone from what it does not allow: READ, which has DESCRIBE in it, must be that one.
      freeze.push(onTopic(topic, EVERYONE, "READ", "ALLOW"), onTopic(topic, EVERYONE, "DESCRIBE_CONFIGS", "ALLOW"));
      if (mirrorPrincipal !== undefined) add.push(onTopic(topic, mirrorPrincipal, "WRITE", "ALLOW"));
      continue;
    }
    const all = onTopic(topic, EVERYONE, "WRITE", "DENY");
    if (mirrorPrincipal === undefined) {
      freeze.push(...missingFrom(entries, [all]));
      continue;
    }
    const writers = matching.filter((e) => e.permission === "ALLOW" && isWrite(e));
    if (writers.some((e) => e.principal === EVERYONE))
      return {
        because: `topic ${topic} lets everyone (${EVERYONE}) write on the ${side}; a fence per principal cannot name them all`,
        cure: `replace that entry by one per principal that writes to ${topic}`,
      };
    const standing = matching.find(
      (e) =>
        e.permission === "DENY" &&
        isWrite(e) &&
        e.host === "*" &&
        (e.principal === EVERYONE || e.principal === mirrorPrincipal),
    );
    if (standing !== undefined)
      return {
        because: `topic ${topic} denies ${standing.operation} to ${standing.principal === EVERYONE ? `everyone (${EVERYONE})` : standing.principal} on the ${side} already, which is not this wave's: the mirror could not write there, and a thaw would take that entry away`,
        cure: `remove it: ${removeByHand(standing, [side.toUpperCase()])}`,
      };
    freeze.push(all);
    remove.push(all);
    for (const { principal } of writers)
      if (principal !== mirrorPrincipal) add.push(onTopic(topic, principal, "WRITE", "DENY"));
  }
  // What stands already bars its principal, and is not the fence's to take away.
  return { freeze, narrowed: { add: missingFrom(entries, distinct(add)), remove }, unbarrable: given.superUsers };
}

/** Everything the fence may have put up, in the order in which it comes down: the last first, so that READ outlives the rest. */
export const liftOrder = ({ freeze, narrowed }: FencePlan): readonly AclEntry[] =>
  [...freeze, ...narrowed.add].toReversed();

/** What stands once the mirror may write. */
export const narrowedFence = ({ freeze, narrowed }: FencePlan): readonly AclEntry[] => [
  ...missingFrom(narrowed.remove, freeze),
  ...narrowed.add,
];

/** Where everyone was allowed everything, the fence itself lets the mirror write. */
export const mirrorsOwn = ({ narrowed }: FencePlan): readonly AclEntry[] =>
  narrowed.add.filter((entry) => entry.permission === "ALLOW");

/** An entry as a command that removes it: what a person types at 3 a.m. when nothing else answers. */
export const removeByHand = (entry: AclEntry, bootstrapServers: readonly string[]): string => {
  const resource =
    entry.resourceType === "CLUSTER"
      ? "--cluster"
      : `--topic '${entry.resourceName}' --resource-pattern-type ${entry.pattern.toLowerCase()}`;
  const who = `--${entry.permission.toLowerCase()}-principal '${entry.principal}'${entry.host === "*" ? "" : ` --${entry.permission.toLowerCase()}-host '${entry.host}'`}`;
  return `kafka-acls --bootstrap-server ${bootstrapServers.join(",")} --remove --force ${who} --operation ${asTyped(entry.operation)} ${resource}`;
};

/** `DESCRIBE_CONFIGS` is DescribeConfigs on a command line. */
const asTyped = (operation: AclOperation): string =>
  operation
    .split("_")
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join("");

function whoCouldLiftIt(side: Side, entries: readonly AclEntry[], allowsEveryone: boolean): FenceRefusal | undefined {
  const onCluster = entries.filter((e) => e.resourceType === "CLUSTER");
  const open = onCluster.find(
    (e) => e.permission === "ALLOW" && e.principal === EVERYONE && (e.operation === "ALTER" || e.operation === "ALL"),
  );
  const lifts = "an application could lift its own fence";
  if (open !== undefined)
    return {
      because: `everyone (${EVERYONE}) may ${open.operation} the Cluster resource of the ${side}: ${lifts}`,
      cure: `allow it to those who administer the cluster, Sluice among them, and remove this entry: ${removeByHand(open, [side.toUpperCase()])}`,
    };
  if (onCluster.length === 0 && allowsEveryone)
    return {
      because: `the Cluster resource of the ${side} has no ACL, and its brokers then allow everyone to change ACLs: ${lifts}`,
      cure: `give those who administer the cluster, Sluice among them, ALTER and DESCRIBE_CONFIGS there (kafka-acls --add --cluster --allow-principal … --operation Alter --operation DescribeConfigs); brokers must be super users before, since the first entry shuts out whoever has none`,
    };
  return undefined;
}

const EVERYONE = "User:*";

const isWrite = ({ operation }: AclEntry): boolean => operation === "WRITE" || operation === "ALL";

const onTopic = (
  topic: string,
  principal: string,
  operation: AclOperation,
  permission: AclEntry["permission"],
): AclEntry => ({
  resourceType: "TOPIC",
  resourceName: topic,
  pattern: "LITERAL",
  principal,
  host: "*",
  operation,
  permission,
});
