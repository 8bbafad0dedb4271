import { type AclEntry, type AclOperation, aclKey } from "#core/kafka/acl.ts";
import { isWriter, type WavePlan } from "#core/migration/migration.ts";

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
 * What the wave's clients may do on the target before they may write: what they may on the source on the wave's topics and
 * groups, narrowed to these names. A producer may describe, so that it can connect; WRITE waits for the cutover.
 */
export function clientRightsExceptWrite(source: readonly AclEntry[], plan: WavePlan): readonly AclEntry[] {
  const wanted: AclEntry[] = [];
  for (const topic of plan.topics)
    for (const entry of clientEntries(source, plan, "TOPIC", topic))
      for (const operation of withoutWrite(entry)) wanted.push(literal(entry, topic, operation));
  for (const group of plan.groups)
    for (const entry of clientEntries(source, plan, "GROUP", group.id))
      for (const operation of entry.operation === "ALL" && entry.permission === "ALLOW" ? GROUP_ALL : [entry.operation])
        wanted.push(literal(entry, group.id, operation));
  wanted.push(...transactionalRights(source, plan));
  return allowed(source, distinct(wanted));
}

/**
 * Transactional ids are the clients' own and named nowhere: each writer's entries go along as they are. Before the cutover,
 * and not with the right to write: whoever loses that must still be able to end its transaction.
 */
const transactionalRights = (source: readonly AclEntry[], plan: WavePlan): readonly AclEntry[] => {
  const writers = plan.clients.filter(isWriter).map((client) => client.principal);
  return source
    .filter((entry) => entry.resourceType === "TRANSACTIONAL_ID")
    .flatMap((entry) => ofClients(entry, new Set(writers)));
};

/** The right to write on the target, for each client that has it on the source. */
export function clientRightsToWrite(source: readonly AclEntry[], plan: WavePlan): readonly AclEntry[] {
  const wanted = plan.topics.flatMap((topic) =>
    clientEntries(source, plan, "TOPIC", topic)
      .filter((e) => e.permission === "ALLOW" && (e.operation === "WRITE" || e.operation === "ALL"))
      .map((entry) => literal(entry, topic, "WRITE")),
  );
  return allowed(source, distinct(wanted));
}

/**
 * The entries that decide what the wave's clients may do on one name: those allowed to everyone become each client's own,
 * and a client's DENY goes with it, so that it may do no more on the target than on the source.
 */
function clientEntries(
  entries: readonly AclEntry[],
  plan: WavePlan,
  type: AclEntry["resourceType"],
  name: string,
): readonly AclEntry[] {
  const clients = new Set(plan.clients.map((client) => client.principal));
  return entries.filter((entry) => matches(entry, type, name)).flatMap((entry) => ofClients(entry, clients));
}

const ofClients = (entry: AclEntry, clients: ReadonlySet<string>): readonly AclEntry[] => {
  if (entry.principal === EVERYONE && entry.permission === "ALLOW")
    return [...clients].map((principal) => ({ ...entry, principal }));
  return clients.has(entry.principal) ? [entry] : [];
};

const EVERYONE = "User:*";

/** Without what the source denies whatever the host. */
const allowed = (source: readonly AclEntry[], wanted: readonly AclEntry[]): readonly AclEntry[] =>
  wanted.filter(
    (entry) =>
      entry.permission === "DENY" ||
      !source.some(
        (deny) =>
          deny.permission === "DENY" &&
          matches(deny, entry.resourceType, entry.resourceName) &&
          (deny.principal === entry.principal || deny.principal === EVERYONE) &&
          (deny.operation === entry.operation || deny.operation === "ALL") &&
          (deny.host === "*" || deny.host === entry.host),
      ),
  );

const withoutWrite = ({ operation, permission }: AclEntry): readonly AclOperation[] => {
  if (permission === "DENY") return [operation];
  return operation === "ALL" ? TOPIC_ALL_BUT_WRITE : operation === "WRITE" ? ["DESCRIBE"] : [operation];
};

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
