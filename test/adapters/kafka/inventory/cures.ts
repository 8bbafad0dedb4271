import type { Listings } from "#core/inventory/snapshot.ts";
import { type AclEntry, aclKey } from "#core/kafka/acl.ts";

/** The entries that the cures of a snapshot would make. */
export function rightsIn(listings: Listings): readonly AclEntry[] {
  const text = JSON.stringify(listings, (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value instanceof Map ? [...value] : value,
  );
  const commands = text.matchAll(
    /--add --allow-principal (User:\w+) --operation (\w+) (?:--(cluster)|--(topic|group|transactional-id) '([^']*)')/g,
  );
  const made = [...commands].map(
    ([, principal = "", operation = "", cluster, resource = "", name = ""]): AclEntry => ({
      resourceType: cluster
        ? "CLUSTER"
        : resource === "topic"
          ? "TOPIC"
          : resource === "group"
            ? "GROUP"
            : "TRANSACTIONAL_ID",
      resourceName: cluster ? "kafka-cluster" : name,
      pattern: "LITERAL",
      principal,
      host: "*",
      operation: operation.replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase() as AclEntry["operation"],
      permission: "ALLOW",
    }),
  );
  return [...new Map(made.map((entry) => [aclKey(entry), entry])).values()];
}
