import type { Kind, Kinds } from "./snapshot.ts";

/** What a person calls one item; within a listing no two items have the same name. */
const NAMES: { readonly [K in Kind]: (item: Kinds[K]) => string } = {
  cluster: ({ clusterId }) => clusterId ?? "cluster",
  brokers: ({ id }) => String(id),
  topics: ({ name }) => name,
  groups: ({ id }) => id,
  producers: ({ producerId }) => String(producerId),
  transactions: ({ transactionalId }) => transactionalId,
  acls: (a) =>
    `${a.permission} ${a.principal} from ${a.host} ${a.operation} on ${a.resourceType} ${a.pattern} ${a.resourceName}`,
  "scram-users": ({ user }) => user,
  quotas: ({ entity }) => entity.map(({ type, name }) => `${type} ${name ?? "(default)"}`).join(", "),
  throughput: ({ topic }) => topic,
  registry: ({ url }) => url,
  subjects: ({ name }) => name,
  "schema-use": ({ topic }) => topic,
  connectors: ({ workers, name }) => `${workers}/${name}`,
  operations: ({ kind, name }) => `${kind} ${name}`,
};

export const itemName = <K extends Kind>(kind: K, item: Kinds[K]): string => NAMES[kind](item);
