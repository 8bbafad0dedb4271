import { type AclEntry, type AclOperation, aclKey } from "#core/kafka/acl.ts";
import type { WavePlan } from "#core/migration/migration.ts";

/** What ALL means on a topic without the right to write, and on a group. */
const TOPIC_ALL_BUT_WRITE: readonly AclOperation[] = ["READ", "DESCRIBE", "DESCRIBE_CONFIGS"];
const GROUP_ALL: readonly AclOperation[] = ["READ", "DESCRIBE", "DELETE"];

export const matches = (entry: AclEntry, type: AclEntry["resourceType"], name: string): boolean =>
  entry.resourceType === type &&
  (entry.pattern === "PREFIXED"
    ? name.startsWith(entry.resourceName)
    : entry.resourceName === name || entry.resourceName === "*");

/** Entries of the source that decide about one of the wave's topics. */
export const entriesOnTopic = (entries: readonly AclEntry[], topic: string): readonly AclEntry[] =>
  entries.filter((entry) => matches(entry, "TOPIC", topic));

/**
 * What the wave's clients may do on the target before they may write: their source entries on the wave's topics and
 * groups, narrowed to these names. A producer may describe, so that it can connect; WRITE waits for the cutover.
 */
export function clientRightsExceptWrite(source: readonly AclEntry[], plan: WavePlan): readonly AclEntry[] {
  const clients = new Set(plan.clients.map((client) => client.principal));
  const mine = source.filter((entry) => entry.permission === "ALLOW" && clients.has(entry.principal));
  const wanted: AclEntry[] = [];
  for (const topic of plan.topics)
    for (const entry of mine.filter((e) => matches(e, "TOPIC", topic)))
      for (const operation of withoutWrite(entry.operation)) wanted.push(literal(entry, topic, operation));
  for (const group of plan.groups)
    for (const entry of mine.filter((e) => matches(e, "GROUP", group.id)))
      for (const operation of entry.operation === "ALL" ? GROUP_ALL : [entry.operation])
        wanted.push(literal(entry, group.id, operation));
  return distinct(wanted);
}

/** The right to write on the target, for each client that has it on the source. */
export function clientRightsToWrite(source: readonly AclEntry[], plan: WavePlan): readonly AclEntry[] {
  const clients = new Set(plan.clients.map((client) => client.principal));
  return distinct(
    plan.topics.flatMap((topic) =>
      entriesOnTopic(source, topic)
        .filter(
          (e) =>
            e.permission === "ALLOW" && clients.has(e.principal) && (e.operation === "WRITE" || e.operation === "ALL"),
        )
        .map((entry) => literal(entry, topic, "WRITE")),
    ),
  );
}

const withoutWrite = (operation: AclOperation): readonly AclOperation[] =>
  operation === "ALL" ? TOPIC_ALL_BUT_WRITE : operation === "WRITE" ? ["DESCRIBE"] : [operation];

const literal = (entry: AclEntry, resourceName: string, operation: AclOperation): AclEntry => ({
  ...entry,
  resourceName,
  pattern: "LITERAL",
  operation,
});

export const distinct = (entries: readonly AclEntry[]): readonly AclEntry[] => [
  ...new Map(entries.map((entry) => [aclKey(entry), entry])).values(),
];

/** Entries of `wanted` that are not among `present`. */
export const missingFrom = (present: readonly AclEntry[], wanted: readonly AclEntry[]): readonly AclEntry[] => {
  const keys = new Set(present.map(aclKey));
  return wanted.filter((entry) => !keys.has(aclKey(entry)));
};
