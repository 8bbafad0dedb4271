import { z } from "zod";

/** What of each ECS call means something on one machine; network, capacity and tags do not. */
const lastSegment = z.string().transform((given) => given.slice(given.lastIndexOf("/") + 1));
const cluster = lastSegment.default("default");
const named = z.object({ name: z.string(), value: z.string() });

export const inputs = {
  RunTask: z.object({
    cluster,
    taskDefinition: z.string(),
    count: z.number().int().min(1).max(10).default(1),
    group: z.string().optional(),
    startedBy: z.string().optional(),
    overrides: z
      .object({
        containerOverrides: z
          .array(
            z.object({
              name: z.string(),
              command: z.array(z.string()).optional(),
              environment: z.array(named).optional(),
            }),
          )
          .default([]),
      })
      .default({ containerOverrides: [] }),
  }),
  StopTask: z.object({ cluster, task: z.string(), reason: z.string().max(1024).default("Task stopped by user") }),
  DescribeTasks: z.object({ cluster, tasks: z.array(z.string()).min(1).max(100) }),
  ListTasks: z.object({
    cluster,
    serviceName: lastSegment.optional(),
    family: z.string().optional(),
    startedBy: z.string().optional(),
    desiredStatus: z.enum(["RUNNING", "STOPPED"]).default("RUNNING"),
  }),
  CreateService: z.object({
    cluster,
    serviceName: z.string().regex(/^[\w-]{1,255}$/),
    taskDefinition: z.string(),
    desiredCount: z.number().int().min(0).max(10).default(1),
  }),
  UpdateService: z.object({
    cluster,
    service: lastSegment,
    taskDefinition: z.string().optional(),
    desiredCount: z.number().int().min(0).max(10).optional(),
    forceNewDeployment: z.boolean().default(false),
  }),
  DescribeServices: z.object({ cluster, services: z.array(lastSegment).min(1).max(10) }),
  DeleteService: z.object({ cluster, service: lastSegment, force: z.boolean().default(false) }),
  ListServices: z.object({ cluster }),
} as const;

export type Input<Name extends keyof typeof inputs> = z.infer<(typeof inputs)[Name]>;
