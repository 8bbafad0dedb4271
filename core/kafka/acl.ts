export type AclOperation =
  | "ALL"
  | "READ"
  | "WRITE"
  | "CREATE"
  | "DELETE"
  | "ALTER"
  | "DESCRIBE"
  | "CLUSTER_ACTION"
  | "DESCRIBE_CONFIGS"
  | "ALTER_CONFIGS"
  | "IDEMPOTENT_WRITE"
  | "CREATE_TOKENS"
  | "DESCRIBE_TOKENS"
  | "TWO_PHASE_COMMIT";

/** One binding as Kafka's authoriser stores it. `resourceName` "*" with pattern LITERAL is the wildcard. */
export type AclEntry = {
  readonly resourceType: "TOPIC" | "GROUP" | "CLUSTER" | "TRANSACTIONAL_ID";
  readonly resourceName: string;
  readonly pattern: "LITERAL" | "PREFIXED";
  readonly principal: string;
  readonly host: string;
  readonly operation: AclOperation;
  readonly permission: "ALLOW" | "DENY";
};

export const aclKey = (e: { readonly [K in keyof AclEntry]: string }): string =>
  [e.resourceType, e.pattern, e.resourceName, e.principal, e.host, e.operation, e.permission].join("|");
