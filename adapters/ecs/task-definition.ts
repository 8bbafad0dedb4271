import { createHash } from "node:crypto";
import type { RegisterTaskDefinitionCommandInput } from "@aws-sdk/client-ecs";
import type { Migration } from "#core/migration/migration.ts";
import { workerNames } from "#core/replication/worker-names.ts";
import type { Direction } from "#use-cases/ports/replicator.ts";
import type { WorkerSignIn } from "./worker-sign-in.ts";

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
  /** Fargate's CPU units and MB of memory; of that the worker takes its heap by itself, unless it is given. */
  readonly cpu?: number;
  readonly memoryMegabytes?: number;
  readonly heapMegabytes?: number;
};

export const restPort = 8083;
export const clusterTag = "sluice:cluster";
/** Where the worker's metrics are read, in Prometheus' format. */
export const metricsPort = 9404;
/** The label by which a registered revision is compared: what AWS fills in by itself would make any other comparison fail. */
export const contentLabel = "sluice.content";

/** The task definition of one direction's worker. */
export const workerTaskDefinition = (
  home: WorkerHome,
  migration: Migration,
  direction: Direction,
  signIn: WorkerSignIn,
): RegisterTaskDefinitionCommandInput & { readonly content: string } => {
  const names = workerNames(migration.name, direction);
  const environment: Record<string, string> = {
    ...signIn.environment,
    CONNECT_GROUP_ID: names.groupId,
    CONNECT_INTERNAL_TOPIC_PREFIX: names.internalTopicPrefix,
    CONNECT_INTERNAL_REPLICATION_FACTOR: "-1",
    ...(home.heapMegabytes === undefined ? {} : { CONNECT_HEAP_MEGABYTES: String(home.heapMegabytes) }),
    CONNECT_REST_PORT: String(restPort),
    CONNECT_METRICS_PORT: String(metricsPort),
  };
  const container = {
    name: "connect",
    image: home.image,
    essential: true,
    portMappings: [restPort, metricsPort].map((containerPort) => ({ containerPort, protocol: "tcp" as const })),
    environment: Object.entries(environment).map(([name, value]) => ({ name, value })),
    secrets: Object.entries(signIn.secrets).map(([name, valueFrom]) => ({ name, valueFrom })),
    stopTimeout: 30,
    healthCheck,
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
    .update(JSON.stringify({ definition, container, secretVersions: signIn.versions }))
    .digest("hex");
  return {
    ...definition,
    containerDefinitions: [{ ...container, dockerLabels: { ...metricsLabels, [contentLabel]: content } }],
    content,
  };
};

/** ECS replaces a worker that answers no more; two and a half minutes are longer than any rebalance keeps it from answering. */
const healthCheck = {
  command: ["CMD", "/opt/sluice/start-connect.sh", "health"],
  interval: 30,
  timeout: 10,
  retries: 5,
  startPeriod: 120,
};

/** By these the CloudWatch agent finds a task's metrics (`ecs_service_discovery`, by docker label). */
const metricsLabels = {
  ECS_PROMETHEUS_EXPORTER_PORT: String(metricsPort),
  ECS_PROMETHEUS_METRICS_PATH: "/metrics",
  ECS_PROMETHEUS_JOB_NAME: "sluice-connect",
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
