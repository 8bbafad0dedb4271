import { z } from "zod";

const named = z.object({ name: z.string(), value: z.string() });

/** What of a task definition is needed to run it again, also when moto has forgotten it. Holds no secret's value. */
export const planSchema = z.object({
  taskDefinitionArn: z.string(),
  family: z.string(),
  cpu: z.string().optional(),
  memory: z.string().optional(),
  container: z.object({
    name: z.string(),
    image: z.string(),
    command: z.array(z.string()),
    environment: z.array(named),
    secrets: z.array(z.object({ name: z.string(), valueFrom: z.string() })),
    containerPorts: z.array(z.number().int()),
    stopTimeoutSeconds: z.number(),
  }),
});

/** Instants are milliseconds since the epoch. */
export const taskSchema = z.object({
  taskArn: z.string(),
  cluster: z.string(),
  plan: planSchema,
  group: z.string(),
  startedBy: z.string().optional(),
  lastStatus: z.enum(["PROVISIONING", "RUNNING", "STOPPING", "STOPPED"]),
  desiredStatus: z.enum(["RUNNING", "STOPPED"]),
  createdAt: z.number(),
  startedAt: z.number().optional(),
  stoppingAt: z.number().optional(),
  stoppedAt: z.number().optional(),
  stopCode: z.string().optional(),
  stoppedReason: z.string().optional(),
  /** Unknown where the process ended while no edge was its parent. */
  exitCode: z.number().int().optional(),
  process: z.object({ pid: z.number().int(), startTicks: z.string() }).optional(),
  ports: z.array(z.object({ containerPort: z.number().int(), hostPort: z.number().int() })),
});

export const serviceSchema = z.object({
  name: z.string(),
  cluster: z.string(),
  plan: planSchema,
  desiredCount: z.number().int().min(0),
  status: z.enum(["ACTIVE", "DRAINING", "INACTIVE"]),
  /** As ECS has it in `startedBy` of a service's tasks: "ecs-svc/…", another one for each deployment. */
  deploymentId: z.string(),
  createdAt: z.number(),
  deployedAt: z.number(),
  endedAt: z.number().optional(),
  events: z.array(z.object({ id: z.string(), at: z.number(), message: z.string() })),
});

export const stateSchema = z.object({ tasks: z.array(taskSchema), services: z.array(serviceSchema) });

export type Plan = z.infer<typeof planSchema>;
export type Task = z.infer<typeof taskSchema>;
export type Service = z.infer<typeof serviceSchema>;
