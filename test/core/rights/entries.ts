import type { AclEntry, AclOperation } from "#core/kafka/acl.ts";

/** One entry on a topic, for everyone's hosts unless told. */
export const onTopic = (
  principal: string,
  operation: AclOperation,
  name: string,
  more: Partial<AclEntry> = {},
): AclEntry => ({
  resourceType: "TOPIC",
  resourceName: name,
  pattern: "LITERAL",
  principal,
  host: "*",
  operation,
  permission: "ALLOW",
  ...more,
});
export const onGroup = (principal: string, operation: AclOperation, name: string, more: Partial<AclEntry> = {}) =>
  onTopic(principal, operation, name, { resourceType: "GROUP", ...more });
