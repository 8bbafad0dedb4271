import type { Service, Task } from "./records.ts";
import { idOf } from "./task-runner.ts";

/** Answers of the ECS API: instants are seconds since the epoch, as its JSON protocol has them. */
const seconds = (millis: number | undefined): number | undefined => (millis === undefined ? undefined : millis / 1000);

export type Naming = { readonly region: string; readonly account: string };

export const arnOf = (naming: Naming, kind: "cluster" | "service" | "task", path: string): string =>
  `arn:aws:ecs:${naming.region}:${naming.account}:${kind}/${path}`;

export function taskView(task: Task, naming: Naming): object {
  const { container } = task.plan;
  const bindings = task.ports.map(({ containerPort, hostPort }) => ({
    bindIP: "127.0.0.1",
    containerPort,
    hostPort,
    protocol: "tcp",
  }));
  return {
    taskArn: task.taskArn,
    clusterArn: arnOf(naming, "cluster", task.cluster),
    taskDefinitionArn: task.plan.taskDefinitionArn,
    group: task.group,
    startedBy: task.startedBy,
    launchType: "FARGATE",
    cpu: task.plan.cpu,
    memory: task.plan.memory,
    lastStatus: task.lastStatus,
    desiredStatus: task.desiredStatus,
    healthStatus: "UNKNOWN",
    connectivity: "CONNECTED",
    createdAt: seconds(task.createdAt),
    startedAt: seconds(task.startedAt),
    stoppingAt: seconds(task.stoppingAt),
    stoppedAt: seconds(task.stoppedAt),
    stopCode: task.stopCode,
    stoppedReason: task.stoppedReason,
    attachments: [],
    containers: [
      {
        containerArn: `${task.taskArn.replace(":task/", ":container/")}/${container.name}`,
        taskArn: task.taskArn,
        name: container.name,
        image: container.image,
        lastStatus: task.lastStatus === "PROVISIONING" ? "PENDING" : task.lastStatus,
        exitCode: task.exitCode,
        runtimeId: idOf(task),
        networkBindings: task.lastStatus === "PROVISIONING" ? [] : bindings,
        networkInterfaces: [],
      },
    ],
  };
}

export function serviceView(service: Service, living: readonly Task[], naming: Naming): object {
  const runningCount = living.filter((task) => task.lastStatus === "RUNNING").length;
  const pendingCount = living.filter((task) => task.lastStatus === "PROVISIONING").length;
  const current = living.filter((task) => task.startedBy === service.deploymentId && task.lastStatus === "RUNNING");
  return {
    serviceName: service.name,
    serviceArn: arnOf(naming, "service", `${service.cluster}/${service.name}`),
    clusterArn: arnOf(naming, "cluster", service.cluster),
    taskDefinition: service.plan.taskDefinitionArn,
    desiredCount: service.desiredCount,
    runningCount,
    pendingCount,
    status: service.status,
    launchType: "FARGATE",
    schedulingStrategy: "REPLICA",
    createdAt: seconds(service.createdAt),
    deployments: [
      {
        id: service.deploymentId,
        status: "PRIMARY",
        taskDefinition: service.plan.taskDefinitionArn,
        desiredCount: service.desiredCount,
        runningCount: current.length,
        pendingCount,
        createdAt: seconds(service.deployedAt),
        updatedAt: seconds(service.deployedAt),
        rolloutState:
          current.length >= service.desiredCount && living.length === current.length ? "COMPLETED" : "IN_PROGRESS",
        launchType: "FARGATE",
      },
    ],
    events: service.events.map(({ id, at, message }) => ({ id, createdAt: seconds(at), message })),
  };
}
