import { createHash } from "node:crypto";
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import type { SecretReference } from "#adapters/secrets/secret-reader.ts";
import type { Migration } from "#core/migration/migration.ts";
import { mirrorEnds } from "#core/replication/mirror-ends.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import type { Direction } from "#use-cases/ports/replicator.ts";

/** Where workers run; the same for every migration. */
export type WorkerHome = {
  readonly region: string;
  readonly cluster: string;
  readonly image: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
  readonly executionRoleArn: string;
  readonly taskRoleArn: string;
  readonly logGroup: string;
  /** Fargate's CPU units and MB of memory, and the JVM's share of the memory. */
  readonly cpu?: number;
  readonly memoryMegabytes?: number;
  readonly heapMegabytes?: number;
};

export type MirrorSecret = SecretReference & { readonly username: string };

export const restPort = 8083;
export const clusterTag = "sluice:cluster";
/** The label by which a registered revision is compared: what AWS fills in by itself would make any other comparison fail. */
export const contentLabel = "sluice.content";

/** The task definition of one direction's worker; `secret` is undefined where the mirror does not sign in. */
export const workerTaskDefinition = (
  home: WorkerHome,
  migration: Migration,
  direction: Direction,
  secret: MirrorSecret | undefined,
): RegisterTaskDefinitionCommandInput & { readonly content: string } => {
  const names = workerNames(migration.name, direction);
  const attached = migration[mirrorEnds(direction).downstream];
  const { auth } = migration.replicator[direction];
  const protocol = `${auth.type === "scram" ? "SASL_" : ""}${attached.tls ? "SSL" : "PLAINTEXT"}`;
  const environment: Record<string, string> = {
    CONNECT_BOOTSTRAP_SERVERS: attached.bootstrapServers.join(","),
    CONNECT_SECURITY_PROTOCOL: protocol,
    ...(auth.type === "scram" ? { CONNECT_SASL_MECHANISM: auth.mechanism } : {}),
    ...(secret === undefined ? {} : { CONNECT_USERNAME: secret.username }),
    CONNECT_GROUP_ID: names.groupId,
    CONNECT_INTERNAL_TOPIC_PREFIX: names.internalTopicPrefix,
    CONNECT_INTERNAL_REPLICATION_FACTOR: "-1",
    CONNECT_HEAP_MEGABYTES: String(home.heapMegabytes ?? 512),
    CONNECT_REST_PORT: String(restPort),
  };
  const passwords = secret === undefined ? [] : ["CONNECT_PASSWORD", "SOURCE_PASSWORD", "TARGET_PASSWORD"];
  const container = {
    name: "connect",
    image: home.image,
    essential: true,
    portMappings: [{ containerPort: restPort, protocol: "tcp" as const }],
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
    secrets: passwords.map((name) => ({ name, valueFrom: `${secret?.arn}:password::` })),
    stopTimeout: 30,
    logConfiguration: {
      logDriver: "awslogs" as const,
      options: {
        "awslogs-group": home.logGroup,
        "awslogs-region": home.region,
        "awslogs-stream-prefix": names.service,
      },
    },
  };
  const definition = {
    family: taskFamily(home.cluster, migration.name, direction),
    requiresCompatibilities: ["FARGATE" as const],
    networkMode: "awsvpc" as const,
    cpu: String(home.cpu ?? 512),
    memory: String(home.memoryMegabytes ?? 1024),
    executionRoleArn: home.executionRoleArn,
    taskRoleArn: home.taskRoleArn,
    tags: workerTags(home.cluster, migration.name, direction),
  };
  // A changed secret counts as changed content: a running task keeps the value that it was started with.
  const content = createHash("sha256")
    .update(JSON.stringify({ definition, container, secretVersion: secret?.version }))
    .digest("hex");
  return {
    ...definition,
    containerDefinitions: [{ ...container, dockerLabels: { [contentLabel]: content } }],
    content,
  };
};

/** Families belong to the account: without the cluster in it, two stages with one migration's name would share one. */
export const taskFamily = (cluster: string, migration: string, direction: Direction): string =>
  `${cluster}-${migration}-${direction}`;

/** By these a stage's removal knows its own. */
export const workerTags = (cluster: string, migration: string, direction: Direction) => [
  { key: clusterTag, value: cluster },
  { key: "sluice:migration", value: migration },
  { key: "sluice:direction", value: direction },
];
