import type { AclEntry, AclOperation } from "#core/kafka/acl.ts";
import { matches } from "#core/rights/client-rights.ts";

type Request = {
  readonly principal: string;
  readonly operation: AclOperation;
  readonly topic: string;
  readonly host?: string;
};

/** What an ALLOW of these allows as well. */
const IMPLIED: Partial<Record<AclOperation, readonly AclOperation[]>> = {
  DESCRIBE: ["READ", "WRITE", "DELETE", "ALTER"],
  DESCRIBE_CONFIGS: ["ALTER_CONFIGS"],
};

/** Decides as Kafka's StandardAuthorizer: super users, then any DENY, then any ALLOW, then whether there was any entry at all. */
export function isAuthorized(
  entries: readonly AclEntry[],
  { principal, operation, topic, host = "10.0.0.7" }: Request,
  brokers: { readonly superUsers: readonly string[]; readonly allowEveryone: boolean },
): boolean {
  if (brokers.superUsers.includes(principal)) return true;
  const onTopic = entries.filter((entry) => matches(entry, "TOPIC", topic));
  const mine = onTopic.filter(
    (e) => (e.principal === principal || e.principal === "User:*") && (e.host === "*" || e.host === host),
  );
  const names = (e: AclEntry, ...operations: readonly AclOperation[]): boolean =>
    e.operation === "ALL" || operations.includes(e.operation);
  if (mine.some((e) => e.permission === "DENY" && names(e, operation))) return false;
  if (mine.some((e) => e.permission === "ALLOW" && names(e, operation, ...(IMPLIED[operation] ?? [])))) return true;
  return onTopic.length === 0 && brokers.allowEveryone;
}
