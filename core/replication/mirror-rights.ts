import type { AclEntry, AclOperation } from "#core/kafka/acl.ts";
import type { Side } from "#core/kafka/offset.ts";
import { mirrorEnds, offsetSyncsTopic } from "./mirror-ends.ts";
import { workerNames } from "./worker-names.ts";

/**
 * The least entries with which one direction's mirror delivers at least once: topics exist beforehand and all of
 * MirrorMaker's own syncing is off. Each was proved needed by taking it away.
 */
export const mirrorRights = (mirror: {
  readonly migration: string;
  readonly direction: "forward" | "reverse";
  readonly principal: string;
  readonly topics: readonly string[];
  readonly emitsOffsetSyncs: boolean;
}): Readonly<Record<Side, readonly AclEntry[]>> => {
  const { upstream, downstream } = mirrorEnds(mirror.direction);
  const names = workerNames(mirror.migration, mirror.direction);
  const allow = (
    resourceType: AclEntry["resourceType"],
    resourceName: string,
    operation: AclOperation,
    pattern: AclEntry["pattern"] = "LITERAL",
  ): AclEntry => ({
    resourceType,
    resourceName,
    pattern,
    principal: mirror.principal,
    host: "*",
    operation,
    permission: "ALLOW",
  });
  const internal = (["READ", "WRITE", "CREATE"] as const).map((operation) =>
    allow("TOPIC", names.internalTopicPrefix, operation, "PREFIXED"),
  );
  const offsetSyncs = (["WRITE", "CREATE"] as const).map((operation) =>
    allow("TOPIC", offsetSyncsTopic(mirror.direction), operation),
  );
  const rights: Record<Side, AclEntry[]> = { source: [], target: [] };
  rights[upstream] = mirror.topics.map((topic) => allow("TOPIC", topic, "READ"));
  rights[downstream] = [
    ...mirror.topics.map((topic) => allow("TOPIC", topic, "WRITE")),
    allow("GROUP", names.groupId, "READ"),
    ...internal,
    ...(mirror.emitsOffsetSyncs ? offsetSyncs : []),
  ];
  return rights;
};
