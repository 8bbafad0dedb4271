import { aclKey } from "#core/kafka/acl.ts";
import type { Quota } from "./access.ts";
import type { Kind, Kinds } from "./snapshot.ts";

/** What tells an item apart from the others of its kind: in snapshots that are compared, in decisions, in the API. */
export const itemName: { readonly [K in Kind]: (item: Kinds[K]) => string } = {
  cluster: () => "cluster",
  brokers: ({ id }) => String(id),
  topics: ({ name }) => name,
  groups: ({ id }) => id,
  producers: ({ producerId }) => String(producerId),
  transactions: ({ transactionalId }) => transactionalId,
  acls: aclKey,
  "scram-users": ({ user }) => user,
  quotas: (quota) => quotaName(quota),
  throughput: ({ topic }) => topic,
  registry: ({ url }) => url,
  subjects: ({ name }) => name,
  "schema-use": ({ topic }) => topic,
  connectors: ({ name, workers }) => `${workers}/${name}`,
  operations: ({ kind, name }) => `${kind}/${name}`,
};

/** `user=alice,client-id=<default>` */
const quotaName = ({ entity }: Quota): string =>
  entity
    .map(({ type, name }) => `${type}=${name ?? "<default>"}`)
    .toSorted()
    .join(",");
