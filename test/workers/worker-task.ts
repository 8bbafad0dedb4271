import { workerTaskDefinition } from "#adapters/ecs/task-definition.ts";
import { workerSignIn } from "#adapters/ecs/worker-sign-in.ts";
import { clusterAddresses } from "#adapters/msk/cluster-addresses.ts";
import { parseClientCertificate } from "#adapters/secrets/client-certificate.ts";
import type { SecretReader } from "#adapters/secrets/secret-reader.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mirrorSignIn } from "#core/migration/sign-in.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import type { Direction } from "#use-cases/ports/replicator.ts";

export type HeldSecrets = Readonly<Record<string, Readonly<Record<string, string>>>>;
const arnOf = (name: string): string => `arn:aws:secretsmanager:eu-west-1:123456789012:secret:${name}-a1b2c3`;

export const heldSecrets = (secrets: HeldSecrets): SecretReader => ({
  readCredentials: async (name) => ({
    username: secrets[name]?.["username"] ?? "",
    password: secrets[name]?.["password"] ?? "",
  }),
  readClientCertificate: async (name) => parseClientCertificate(name, secrets[name]),
  readToken: async (name) => secrets[name]?.["token"] ?? "",
  reference: async (name) => ({ arn: arnOf(name), version: "1" }),
});

export const namedAddresses = clusterAddresses({
  clientIn: (region) => {
    throw new Error(`MSK is not asked in ${region}`);
  },
});

export const home = {
  region: "eu-west-1",
  cluster: "sluice",
  image: "sluice/connect:1",
  subnets: ["subnet-1"],
  securityGroups: ["sg-1"],
  executionRoleArn: "arn:aws:iam::123456789012:role/execution",
  taskRoleArn: "arn:aws:iam::123456789012:role/task",
  logGroup: "/sluice/workers",
};

/** The task definition that a direction's worker is registered with. */
export const registeredTask = async (migration: Migration, direction: Direction, secrets: HeldSecrets) => {
  const signIns = {
    source: mirrorSignIn(migration, direction, "source"),
    target: mirrorSignIn(migration, direction, "target"),
  };
  const means = { addresses: namedAddresses, secrets: heldSecrets(secrets) };
  return workerTaskDefinition(
    home,
    migration,
    direction,
    await workerSignIn(means, signIns[mirrorEnds(direction).downstream], signIns),
  );
};

/** What ECS puts into the environment of the task's container, its secrets read. */
export const taskEnvironment = async (
  migration: Migration,
  direction: Direction,
  secrets: HeldSecrets,
): Promise<Record<string, string>> => {
  const definition = await registeredTask(migration, direction, secrets);
  const [container] = definition.containerDefinitions ?? [];
  const environment = (container?.environment ?? []).map(({ name, value }) => [name ?? "", value ?? ""] as const);
  const read = (container?.secrets ?? []).map(({ name, valueFrom }) => {
    const held = Object.keys(secrets).find((secret) => valueFrom?.startsWith(`${arnOf(secret)}:`));
    const value = secrets[held ?? ""]?.[valueFrom?.slice(arnOf(held ?? "").length + 1).replace("::", "") ?? ""];
    if (value === undefined) throw new Error(`${name} comes from ${valueFrom}, which no secret has`);
    return [name ?? "", value] as const;
  });
  return Object.fromEntries([...environment, ...read]);
};
