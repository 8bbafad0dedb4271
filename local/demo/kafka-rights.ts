import kafkajs, { type AclEntry, type Kafka } from "kafkajs";
import type { Allowed } from "./estate-declaration.ts";

// Of this CommonJS package Node finds only some exports by name.
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs;

const number = (kinds: object, name: string): number => {
  const found = Object.entries(kinds).find(([kind]) => kind === name)?.[1];
  if (typeof found !== "number") throw new Error(`${name} is no kind that kafkajs knows`);
  return found;
};

const entryOf = (right: Allowed): AclEntry => ({
  resourceType: number(AclResourceTypes, right.type),
  resourceName: right.name,
  resourcePatternType: right.isPrefixed ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
  principal: right.principal,
  host: "*",
  operation: number(AclOperationTypes, right.operation),
  permissionType: AclPermissionTypes.ALLOW,
});

export const addRights = async (kafka: Kafka, rights: readonly Allowed[]): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.createAcls({ acl: rights.map(entryOf) });
  } finally {
    await admin.disconnect();
  }
};

/** Takes away exactly these entries. */
export const removeRights = async (kafka: Kafka, rights: readonly Allowed[]): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  try {
    await admin.deleteAcls({ filters: rights.map(entryOf) });
  } finally {
    await admin.disconnect();
  }
};
