import { type Acl, type AclFilter, createAclsV2, deleteAclsV2, describeAclsV2, metadataV10 } from "@platformatic/kafka";
import { OperatorFault } from "#core/fault.ts";
import { reachesRecords } from "#core/inventory/access.ts";
import { type AclEntry, aclKey } from "#core/kafka/acl.ts";
import type { AccessRights } from "#use-cases/ports/cluster.ts";
import { anyEntry, operations, patterns, permissions, readEntries, resourceTypes } from "./acl-wire.ts";
import type { BrokerMetadata } from "./broker-metadata.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import type { Connections } from "./connections.ts";
import { code, type NeededRight, protocolFault } from "./faults.ts";

/** The controller refuses more than 10,000 changes in one request. */
const entriesPerRequest = 1000;
/** Up to this many resources are asked for one by one; beyond, the whole list is cheaper. */
const resourcesAskedSingly = 8;

/** ACLs as Kafka's authoriser keeps them. Needs Cluster DESCRIBE to list and Cluster ALTER to change. */
export function accessRights(
  cluster: ClusterIdentity,
  connections: Connections,
  metadata: BrokerMetadata,
): AccessRights {
  const fault = (doing: string, operation: NeededRight["operation"], errorCode: number, says?: string | null) =>
    protocolFault({ cluster, doing, needs: { resource: "cluster", operation } }, errorCode, says);

  const entriesIn = (answer: describeAclsV2.DescribeAclsResponse): AclEntry[] => {
    if (answer.errorCode !== code.none) throw fault("listing ACLs", "Describe", answer.errorCode, answer.errorMessage);
    return [...readEntries(answer)].flatMap((entry) => {
      if ("what" in entry) {
        // A resource that only a newer Kafka has: rights to it let nobody reach a record.
        if (entry.what === "resource type") return [];
        throw new OperatorFault(
          `The ${cluster.side} cluster lists an ACL whose ${entry.what} has the number ${entry.number}, which is not known here: remove it, or use a version of Sluice that knows it`,
        );
      }
      // Nor do rights to delegation tokens and users.
      return reachesRecords(entry) ? [entry] : [];
    });
  };

  const add = async (entries: readonly AclEntry[]): Promise<void> => {
    for (let i = 0; i < entries.length; i += entriesPerRequest) {
      const chunk = entries.slice(i, i + entriesPerRequest);
      const answer = await connections.ask(await metadata.controller(), createAclsV2.api, chunk.map(toWire));
      for (const [n, result] of answer.results.entries())
        if (result.errorCode !== code.none)
          throw fault(`adding the ACL ${nth(chunk, n)}`, "Alter", result.errorCode, result.errorMessage);
    }
  };

  const remove = async (entries: readonly AclEntry[]): Promise<void> => {
    for (let i = 0; i < entries.length; i += entriesPerRequest) {
      const chunk = entries.slice(i, i + entriesPerRequest);
      const answer = await connections.ask(await metadata.controller(), deleteAclsV2.api, chunk.map(toWire));
      for (const [n, result] of answer.filterResults.entries()) {
        const refused = [result, ...result.matchingAcls].find((r) => r.errorCode !== code.none);
        if (refused) throw fault(`removing the ACL ${nth(chunk, n)}`, "Alter", refused.errorCode, refused.errorMessage);
      }
    }
  };

  const presentOnEachBroker: AccessRights["presentOnEachBroker"] = async (entries) => {
    const filters = filtersFor(entries);
    const brokers = await metadata.brokers();
    const present = await Promise.all(
      [...brokers].map(async ([brokerId, address]) => {
        const answers = await Promise.all(filters.map((f) => connections.ask(address, describeAclsV2.api, f)));
        const listed = new Set(answers.flatMap(entriesIn).map(aclKey));
        return [brokerId, entries.filter((e) => listed.has(aclKey(e)))] as const;
      }),
    );
    return new Map(present);
  };

  const mayDescribeOnEachBroker: AccessRights["mayDescribeOnEachBroker"] = async (topic) => {
    const brokers = await metadata.brokers();
    const answers = await Promise.all(
      [...brokers].map(async ([brokerId, address]) => {
        // Without auto-creation: the question must not create the topic.
        const { topics } = await connections.ask(address, metadataV10.api, [topic], false, false, false);
        const errorCode = topics[0]?.errorCode ?? code.none;
        if (
          errorCode === code.none ||
          errorCode === code.unknownTopicOrPartition ||
          errorCode === code.leaderNotAvailable
        )
          return [brokerId, true] as const;
        if (errorCode === code.topicAuthorizationFailed) return [brokerId, false] as const;
        const needs: NeededRight = { resource: "topic", name: topic, operation: "Describe" };
        throw protocolFault({ cluster, doing: `asking for topic ${topic}`, needs }, errorCode);
      }),
    );
    return new Map(answers);
  };

  return {
    list: async () => entriesIn(await metadata.anyBroker(describeAclsV2.api, anyEntry)),
    add,
    remove,
    presentOnEachBroker,
    mayDescribeOnEachBroker,
  };
}

/** An entry on the wire; as a filter it matches itself alone. */
const toWire = (e: AclEntry): Acl => ({
  resourceType: resourceTypes[e.resourceType],
  resourceName: e.resourceName,
  resourcePatternType: patterns[e.pattern],
  principal: e.principal,
  host: e.host,
  operation: operations[e.operation],
  permissionType: permissions[e.permission],
});

const nth = (entries: readonly AclEntry[], n: number): string => {
  const entry = entries[n];
  return entry ? aclKey(entry) : `number ${n}`;
};

function filtersFor(entries: readonly AclEntry[]): readonly AclFilter[] {
  const resources = new Map(
    entries.map((e) => [
      `${e.resourceType}|${e.pattern}|${e.resourceName}`,
      {
        ...anyEntry,
        resourceType: resourceTypes[e.resourceType],
        resourceName: e.resourceName,
        resourcePatternType: patterns[e.pattern],
      },
    ]),
  );
  return resources.size <= resourcesAskedSingly ? [...resources.values()] : [anyEntry];
}
