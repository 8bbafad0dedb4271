import { DescribeClustersCommand, DescribeTaskDefinitionCommand, type ECSClient } from "@aws-sdk/client-ecs";
import { z } from "zod";
import { EcsError } from "./ecs-error.ts";
import type { LocalImage } from "./load-images.ts";
import type { Plan } from "./records.ts";

const definitionSchema = z.object({
  taskDefinitionArn: z.string(),
  family: z.string(),
  cpu: z.string().nullish(),
  memory: z.string().nullish(),
  containerDefinitions: z
    .array(
      z.object({
        name: z.string(),
        image: z.string(),
        command: z.array(z.string()).nullish(),
        environment: z.array(z.object({ name: z.string(), value: z.string() })).nullish(),
        secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })).nullish(),
        portMappings: z.array(z.object({ containerPort: z.number().int() })).nullish(),
        stopTimeout: z.number().nullish(),
      }),
    )
    .length(1, "on one machine a task has exactly one container"),
});

/** Task definitions and clusters live in moto. Throws EcsError as ECS refuses. */
export type FindPlan = (cluster: string, taskDefinition: string) => Promise<Plan>;

export function findPlanIn(moto: ECSClient, images: ReadonlyMap<string, LocalImage>): FindPlan {
  return async (cluster, taskDefinition) => {
    const { clusters } = await moto.send(new DescribeClustersCommand({ clusters: [cluster] }));
    if (clusters?.[0]?.status !== "ACTIVE") throw new EcsError("ClusterNotFoundException", "Cluster not found.");
    const found = await moto
      .send(new DescribeTaskDefinitionCommand({ taskDefinition }))
      .catch((error: unknown) => Promise.reject(isRefusal(error) ? notFound(taskDefinition) : error));
    const parsed = definitionSchema.safeParse(found.taskDefinition);
    if (!parsed.success) throw new EcsError("ClientException", z.prettifyError(parsed.error));
    const definition = parsed.data;
    const [container] = definition.containerDefinitions;
    if (container === undefined) throw notFound(taskDefinition);
    if (!images.has(container.image)) {
      const known = [...images.keys()].join(", ");
      throw new EcsError("ClientException", `Image ${container.image} has no process on this machine; known: ${known}`);
    }
    return {
      taskDefinitionArn: definition.taskDefinitionArn,
      family: definition.family,
      ...(definition.cpu ? { cpu: definition.cpu } : {}),
      ...(definition.memory ? { memory: definition.memory } : {}),
      container: {
        name: container.name,
        image: container.image,
        command: container.command ?? [],
        environment: container.environment ?? [],
        secrets: container.secrets ?? [],
        containerPorts: (container.portMappings ?? []).map((mapping) => mapping.containerPort),
        stopTimeoutSeconds: container.stopTimeout ?? 30,
      },
    };
  };
}

/** 4xx: moto's own names for a missing revision differ from ECS's. */
const isRefusal = (error: unknown): boolean =>
  error instanceof Error && "$fault" in error && error.$fault === "client" && error.name !== "TimeoutError";

const notFound = (taskDefinition: string): EcsError =>
  new EcsError("ClientException", `TaskDefinition not found: ${taskDefinition}`);
