/** ACL entries as they are on the wire. */
import {
  type Acl,
  type AclFilter,
  AclOperations,
  AclPermissionTypes,
  ResourcePatternTypes,
  ResourceTypes,
} from "@platformatic/kafka";
import type { AnyAcl } from "#core/inventory/access.ts";

export const anyEntry: AclFilter = {
  resourceType: ResourceTypes.ANY,
  resourceName: null,
  resourcePatternType: ResourcePatternTypes.ANY,
  principal: null,
  host: null,
  operation: AclOperations.ANY,
  permissionType: AclPermissionTypes.ANY,
};

/** Those on the cluster itself: few, wherever there are many. */
export const clusterEntries: AclFilter = { ...anyEntry, resourceType: ResourceTypes.CLUSTER };

export const resourceTypes: Readonly<Record<AnyAcl["resourceType"], Acl["resourceType"]>> = {
  TOPIC: ResourceTypes.TOPIC,
  GROUP: ResourceTypes.GROUP,
  CLUSTER: ResourceTypes.CLUSTER,
  TRANSACTIONAL_ID: ResourceTypes.TRANSACTIONAL_ID,
  DELEGATION_TOKEN: ResourceTypes.DELEGATION_TOKEN,
  USER: ResourceTypes.USER,
};
export const patterns: Readonly<Record<AnyAcl["pattern"], Acl["resourcePatternType"]>> = {
  LITERAL: ResourcePatternTypes.LITERAL,
  PREFIXED: ResourcePatternTypes.PREFIXED,
};
const {
  UNKNOWN: _unknown,
  ANY: _any,
  ...named
} = AclOperations satisfies Readonly<Record<AnyAcl["operation"], number>>;
export const operations = named;
export const permissions: Readonly<Record<AnyAcl["permission"], Acl["permissionType"]>> = {
  ALLOW: AclPermissionTypes.ALLOW,
  DENY: AclPermissionTypes.DENY,
};

export function nameOf<Name extends string>(names: Readonly<Record<Name, number>>, value: number): Name | undefined {
  for (const name in names) if (names[name] === value) return name;
  return undefined;
}

type Told = {
  readonly resources: readonly {
    readonly resourceType: number;
    readonly resourceName: string;
    readonly resourcePatternType: number;
    readonly acls: readonly {
      readonly principal: string;
      readonly host: string;
      readonly operation: number;
      readonly permissionType: number;
    }[];
  }[];
};

/** An entry of which every number is known here, or which of its numbers is not. */
export function* readEntries(answer: Told): Generator<AnyAcl | { readonly what: string; readonly number: number }> {
  for (const resource of answer.resources)
    for (const acl of resource.acls) {
      const resourceType = nameOf(resourceTypes, resource.resourceType);
      const pattern = nameOf(patterns, resource.resourcePatternType);
      const operation = nameOf(operations, acl.operation);
      const permission = nameOf(permissions, acl.permissionType);
      if (resourceType === undefined) yield { what: "resource type", number: resource.resourceType };
      else if (pattern === undefined) yield { what: "pattern type", number: resource.resourcePatternType };
      else if (operation === undefined) yield { what: "operation", number: acl.operation };
      else if (permission === undefined) yield { what: "permission type", number: acl.permissionType };
      else
        yield {
          resourceType,
          resourceName: resource.resourceName,
          pattern,
          principal: acl.principal,
          host: acl.host,
          operation,
          permission,
        };
    }
}
