import type { AclEntry } from "#core/kafka/acl.ts";

/** Any entry, those for delegation tokens and users too. Every `AclEntry` is one. */
export type AnyAcl = Omit<AclEntry, "resourceType"> & {
  readonly resourceType: AclEntry["resourceType"] | "DELEGATION_TOKEN" | "USER";
};

/** Those that let somebody reach records, as the rest of the core takes them. */
export const reachesRecords = (acl: AnyAcl): acl is AclEntry =>
  acl.resourceType !== "DELEGATION_TOKEN" && acl.resourceType !== "USER";

/** Names and mechanisms; never a salt, a key or a number of iterations. */
export type ScramUser = { readonly user: string; readonly mechanisms: readonly string[] };

export type Quota = {
  /** Whom it binds: user, client-id, ip, alone or together; name null is the default of that type. */
  readonly entity: readonly { readonly type: string; readonly name: string | null }[];
  /** Such as producer_byte_rate: 1048576. */
  readonly limits: Readonly<Record<string, number>>;
};
