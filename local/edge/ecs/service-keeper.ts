import { randomUUID } from "node:crypto";
import { logLine, messageOf } from "../../host/log-line.ts";
import type { Plan, Service, Task } from "./records.ts";
import type { EcsStore } from "./store.ts";
import type { TaskRunner } from "./task-runner.ts";

const LONGEST_BACKOFF_MILLIS = 30_000;
/** A task that ran this long was well: the next one is started at once again. */
const WELL_AFTER_MILLIS = 60_000;
const EVENTS_KEPT = 20;

export type ServiceKeeper = {
  /** Brings every service's tasks to what is desired; resolves when starts and stops are under way. */
  reconcile(): Promise<void>;
  taskStopped(task: Task): void;
  /** Starts and stops nothing from now on. */
  end(): void;
};

export const newDeploymentId = (): string => `ecs-svc/${randomUUID().replaceAll("-", "").slice(0, 19)}`;

export function note(service: Service, message: string): void {
  service.events.unshift({ id: randomUUID(), at: Date.now(), message: `(service ${service.name}) ${message}` });
  service.events.length = Math.min(service.events.length, EVENTS_KEPT);
}

export function serviceKeeper(o: {
  readonly store: EcsStore;
  readonly runner: TaskRunner;
  readonly newTask: (cluster: string, plan: Plan, group: string, startedBy: string) => Task;
}): ServiceKeeper {
  /** By deployment: a new one, with a corrected secret or image, does not wait for what the one before did wrong. */
  const failures = new Map<string, { count: number; notBefore: number }>();
  let isEnded = false;
  let running: Promise<void> = Promise.resolve();
  const timers = new Set<NodeJS.Timeout>();

  const reconcileOne = async (service: Service): Promise<void> => {
    const group = `service:${service.name}`;
    const wanted = service.status === "ACTIVE" ? service.desiredCount : 0;
    const living = o.store.living(service).filter((task) => task.desiredStatus === "RUNNING");
    const current = living.filter((task) => task.startedBy === service.deploymentId);
    const earlier = living.filter((task) => task.startedBy !== service.deploymentId);
    const notBefore = failures.get(service.deploymentId)?.notBefore ?? 0;
    if (Date.now() >= notBefore) {
      for (let n = current.length; n < wanted; n++) {
        const task = o.newTask(service.cluster, service.plan, group, service.deploymentId);
        o.store.addTask(task);
        note(service, `has started 1 tasks: (task ${task.taskArn}).`);
        // Not awaited: fetching what an image holds may take a minute, and a stop must not wait for it.
        void o.runner.launch(task).then(() => later(0));
      }
    }
    for (const task of current.slice(wanted)) await stop(service, task);
    const isReplaced = current.filter((task) => task.lastStatus === "RUNNING").length >= wanted;
    if (isReplaced) for (const task of earlier) await stop(service, task);
    if (service.status === "DRAINING" && o.store.living(service).length === 0) {
      service.status = "INACTIVE";
      service.endedAt = Date.now();
    }
  };

  const stop = async (service: Service, task: Task): Promise<void> => {
    note(service, `has stopped 1 running tasks: (task ${task.taskArn}).`);
    const reason = `Scaling activity initiated by (deployment ${service.deploymentId})`;
    await o.runner.stop(task, "ServiceSchedulerInitiated", reason);
  };

  const reconcile = (): Promise<void> => {
    const next = running.then(async () => {
      if (isEnded) return;
      for (const service of o.store.services) if (service.status !== "INACTIVE") await reconcileOne(service);
      await o.store.save();
    });
    running = next.catch(() => undefined);
    return next;
  };

  const later = (millis: number): void => {
    if (isEnded) return;
    const timer = setTimeout(() => {
      timers.delete(timer);
      reconcile().catch((thrown: unknown) => logLine({ event: "services-not-reconciled", reason: messageOf(thrown) }));
    }, millis);
    timers.add(timer);
  };

  return {
    reconcile,
    taskStopped(task) {
      // Started by hand: no service starts it again.
      if (task.startedBy === undefined) return;
      const name = task.startedBy;
      if (task.stopCode === "ServiceSchedulerInitiated") return later(0);
      const ranMillis = (task.stoppedAt ?? 0) - (task.startedAt ?? task.stoppedAt ?? 0);
      const count = ranMillis > WELL_AFTER_MILLIS ? 1 : (failures.get(name)?.count ?? 0) + 1;
      const waitMillis = Math.min(LONGEST_BACKOFF_MILLIS, 500 * 2 ** (count - 1));
      failures.set(name, { count, notBefore: Date.now() + waitMillis });
      later(waitMillis + 5);
    },
    end() {
      isEnded = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
