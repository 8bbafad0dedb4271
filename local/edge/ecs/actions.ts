import { isDeepStrictEqual } from "node:util";
import { EcsError } from "./ecs-error.ts";
import type { FindPlan } from "./find-plan.ts";
import type { Input, inputs } from "./inputs.ts";
import { ecsReads } from "./reads.ts";
import type { Plan, Service, Task } from "./records.ts";
import { newDeploymentId, note, type ServiceKeeper } from "./service-keeper.ts";
import type { EcsStore } from "./store.ts";
import type { TaskRunner } from "./task-runner.ts";
import { type Naming, serviceView, taskView } from "./views.ts";

export type EcsActions = { readonly [Name in keyof typeof inputs]: (input: Input<Name>) => Promise<object> };

/** Tasks and services of the ECS API. Each resolves to the call's answer and throws EcsError to refuse. */
export function ecsActions(o: {
  readonly store: EcsStore;
  readonly runner: TaskRunner;
  readonly keeper: ServiceKeeper;
  readonly findPlan: FindPlan;
  readonly naming: Naming;
  readonly newTask: (cluster: string, plan: Plan, group: string, startedBy: string | undefined) => Task;
}): EcsActions {
  const { store, naming } = o;
  const viewOf = (service: Service): object => serviceView(service, store.living(service), naming);
  const activeService = (cluster: string, name: string): Service => {
    const service = store.service(cluster, name);
    if (service === undefined) throw new EcsError("ServiceNotFoundException", "Service not found.");
    if (service.status !== "ACTIVE") throw new EcsError("ServiceNotActiveException", "Service was not ACTIVE.");
    return service;
  };
  const taskIn = (cluster: string, reference: string): Task | undefined => {
    const task = store.task(reference);
    return task?.cluster === cluster ? task : undefined;
  };

  return {
    ...ecsReads(o),

    async RunTask(input) {
      const plan = overridden(await o.findPlan(input.cluster, input.taskDefinition), input);
      const group = input.group ?? `family:${plan.family}`;
      const tasks = Array.from({ length: input.count }, () => o.newTask(input.cluster, plan, group, input.startedBy));
      for (const task of tasks) store.addTask(task);
      await store.save();
      const answer = { tasks: tasks.map((task) => taskView(task, naming)), failures: [] };
      for (const task of tasks) void o.runner.launch(task);
      return answer;
    },

    async StopTask(input) {
      const task = taskIn(input.cluster, input.task);
      if (task === undefined) {
        throw new EcsError("InvalidParameterException", "The referenced task was not found.");
      }
      await o.runner.stop(task, "UserInitiated", input.reason);
      return { task: taskView(task, naming) };
    },

    async CreateService(input) {
      const existing = store.service(input.cluster, input.serviceName);
      if (existing?.status === "DRAINING") {
        throw new EcsError("InvalidParameterException", "Unable to Start a service that is still Draining.");
      }
      const plan = await o.findPlan(input.cluster, input.taskDefinition);
      if (existing?.status === "ACTIVE") {
        const isSame = existing.desiredCount === input.desiredCount && isDeepStrictEqual(existing.plan, plan);
        if (!isSame) throw new EcsError("InvalidParameterException", "Creation of service was not idempotent.");
        return { service: viewOf(existing) };
      }
      const now = Date.now();
      const service: Service = {
        name: input.serviceName,
        cluster: input.cluster,
        plan,
        desiredCount: input.desiredCount,
        status: "ACTIVE",
        deploymentId: newDeploymentId(),
        createdAt: now,
        deployedAt: now,
        events: [],
      };
      store.addService(service);
      await store.save();
      await o.keeper.reconcile();
      return { service: viewOf(service) };
    },

    async UpdateService(input) {
      const service = activeService(input.cluster, input.service);
      const plan = input.taskDefinition && (await o.findPlan(input.cluster, input.taskDefinition));
      // moto counts revisions from 1 again after a restart: the same ARN may name another content.
      const isNewPlan = plan && !isDeepStrictEqual(plan, service.plan);
      if (plan) service.plan = plan;
      if (isNewPlan || input.forceNewDeployment) {
        service.deploymentId = newDeploymentId();
        service.deployedAt = Date.now();
        note(service, `has begun (deployment ${service.deploymentId}).`);
      }
      if (input.desiredCount !== undefined) service.desiredCount = input.desiredCount;
      await store.save();
      await o.keeper.reconcile();
      return { service: viewOf(service) };
    },

    async DeleteService(input) {
      const service = activeService(input.cluster, input.service);
      if (service.desiredCount > 0 && !input.force) {
        const message = "The service cannot be stopped while it is scaled above 0.";
        throw new EcsError("InvalidParameterException", message);
      }
      service.desiredCount = 0;
      service.status = "DRAINING";
      await store.save();
      await o.keeper.reconcile();
      return { service: viewOf(service) };
    },
  };
}

function overridden(plan: Plan, input: Input<"RunTask">): Plan {
  const [override, ...others] = input.overrides.containerOverrides;
  if (override === undefined) return plan;
  if (others.length > 0 || override.name !== plan.container.name) {
    const message = `Override for container named ${override.name} is not a container in the TaskDefinition.`;
    throw new EcsError("InvalidParameterException", message);
  }
  const replaced = new Set((override.environment ?? []).map(({ name }) => name));
  const environment = plan.container.environment.filter(({ name }) => !replaced.has(name));
  return {
    ...plan,
    container: {
      ...plan.container,
      command: override.command ?? plan.container.command,
      environment: [...environment, ...(override.environment ?? [])],
    },
  };
}
