import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { logLine, messageOf } from "../../host/log-line.ts";
import { isAlive } from "../../processes/process-identity.ts";
import { freePort } from "../../setup/free-port.ts";
import type { LocalImage } from "./load-images.ts";
import { type ReadSecrets, ResourceInitializationError } from "./read-secrets.ts";
import type { Task } from "./records.ts";
import type { EcsStore } from "./store.ts";
import { exitCodeOf, findMainProcess, killRemains, signalTask, startTaskProcess } from "./task-process.ts";

const POLL_MILLIS = 250;

type Ending = { readonly exitCode?: number; readonly stopCode?: string; readonly reason?: string };

export type TaskRunner = {
  /** Starts a recorded task's process; what goes wrong is told in the task's stoppedReason. */
  launch(task: Task): Promise<void>;
  /** SIGTERM now, SIGKILL after the container's stop timeout; does not wait for the end. */
  stop(task: Task, stopCode: string, reason: string): Promise<void>;
  /** Takes over the living processes of recorded tasks and closes the records of the others. */
  adopt(): Promise<void>;
  /** Stops watching; the processes live on. */
  end(): void;
};

export function taskRunner(o: {
  readonly store: EcsStore;
  readonly images: ReadonlyMap<string, LocalImage>;
  readonly readSecrets: ReadSecrets;
  readonly stateDirectory: string;
  readonly region: string;
  readonly onStopped: (task: Task) => void;
}): TaskRunner {
  const logs = join(o.stateDirectory, "tasks");
  /** Tasks whose end this edge hears of as their parent. */
  const children = new Set<string>();
  const closing = new Set<string>();

  const finish = async (task: Task, ending: Ending): Promise<void> => {
    if (task.lastStatus === "STOPPED" || closing.has(task.taskArn)) return;
    closing.add(task.taskArn);
    try {
      await killRemains(task.taskArn);
      task.lastStatus = "STOPPED";
      task.desiredStatus = "STOPPED";
      task.stoppedAt = Date.now();
      task.stopCode ??= ending.stopCode ?? "EssentialContainerExited";
      task.stoppedReason ??= ending.reason ?? "Essential container in task exited";
      if (ending.exitCode !== undefined) task.exitCode = ending.exitCode;
      await o.store.save();
    } finally {
      closing.delete(task.taskArn);
      children.delete(task.taskArn);
    }
    const { taskArn, stopCode, stoppedReason, exitCode } = task;
    logLine({ event: "task-stopped", taskArn, stopCode, stoppedReason, exitCode });
    o.onStopped(task);
  };

  const start = async (task: Task): Promise<void> => {
    const { container } = task.plan;
    const image = o.images.get(container.image);
    if (image === undefined) throw new Error(`CannotPullContainerError: no process for image ${container.image}`);
    const own = await image.environment().catch((error: unknown) => {
      throw new Error(`CannotPullContainerError: ${messageOf(error)}`);
    });
    const secrets = await o.readSecrets(container.secrets);
    const ports: Record<string, string> = {};
    task.ports = [];
    for (const { containerPort, variable } of image.ports) {
      if (!container.containerPorts.includes(containerPort)) continue;
      const hostPort = await portOfNoOther(o.store);
      task.ports.push({ containerPort, hostPort });
      ports[variable] = String(hostPort);
    }
    await mkdir(logs, { recursive: true, mode: 0o700 });
    if (isToStop(task)) return finish(task, { stopCode: "TaskFailedToStart" });
    // On disk before the process exists: an edge that is killed in between finds the process by its mark.
    await o.store.save();
    const { child, identity } = await startTaskProcess({
      taskArn: task.taskArn,
      argv: [...image.argv, ...container.command],
      environment: {
        ...inherited(),
        AWS_REGION: o.region,
        ...Object.fromEntries(container.environment.map(({ name, value }) => [name, value])),
        ...secrets,
        ...own,
        ...ports,
      },
      logFile: join(logs, `${idOf(task)}.log`),
    });
    children.add(task.taskArn);
    const exited = (code: number | null, signal: NodeJS.Signals | null): void =>
      inBackground("task-not-closed", task, finish(task, { exitCode: exitCodeOf(code, signal) }));
    if (identity !== undefined) task.process = identity;
    task.startedAt = Date.now();
    if (child.exitCode !== null || child.signalCode !== null) return exited(child.exitCode, child.signalCode);
    child.once("exit", exited);
    task.lastStatus = "RUNNING";
    logLine({ event: "task-started", taskArn: task.taskArn, pid: identity?.pid });
    await o.store.save();
    // Stopped while it was being started.
    if (isToStop(task)) await terminate(task);
  };

  const terminate = async (task: Task): Promise<void> => {
    if (task.process === undefined || task.lastStatus === "STOPPED") return;
    task.lastStatus = "STOPPING";
    await o.store.save();
    await signalTask(task.process, "SIGTERM");
  };

  /** One look for all tasks: ends of those that are not children, and those whose stop takes too long. */
  const watch = async (): Promise<void> => {
    for (const task of o.store.tasks) {
      if (task.lastStatus === "STOPPED" || task.process === undefined) continue;
      if (!children.has(task.taskArn) && !(await isAlive(task.process))) await finish(task, {});
      else if (Date.now() > (task.stoppingAt ?? Infinity) + task.plan.container.stopTimeoutSeconds * 1000) {
        await signalTask(task.process, "SIGKILL");
      }
    }
  };
  let watching: Promise<void> | undefined;
  const timer = setInterval(() => {
    watching ??= watch()
      .catch((thrown: unknown) => logLine({ event: "task-watch-failed", reason: messageOf(thrown) }))
      .finally(() => {
        watching = undefined;
      });
  }, POLL_MILLIS);

  return {
    async launch(task) {
      try {
        await start(task);
      } catch (thrown) {
        if (!(thrown instanceof ResourceInitializationError)) {
          logLine({ event: "task-not-started", taskArn: task.taskArn, reason: messageOf(thrown) });
        }
        await finish(task, { stopCode: "TaskFailedToStart", reason: messageOf(thrown) });
      }
    },

    async stop(task, stopCode, reason) {
      if (isToStop(task)) return;
      task.desiredStatus = "STOPPED";
      task.stoppingAt = Date.now();
      task.stopCode = stopCode;
      task.stoppedReason = reason;
      await o.store.save();
      await terminate(task);
    },

    async adopt() {
      for (const task of o.store.tasks) {
        if (task.lastStatus === "STOPPED") continue;
        task.process ??= await findMainProcess(task.taskArn);
        if (task.process === undefined) {
          await finish(task, { stopCode: "TaskFailedToStart", reason: "The edge ended while the task was starting" });
        } else if (!(await isAlive(task.process))) {
          await finish(task, {});
        } else {
          task.startedAt ??= Date.now();
          logLine({ event: "task-adopted", taskArn: task.taskArn, pid: task.process.pid });
          if (isToStop(task)) await terminate(task);
          else task.lastStatus = "RUNNING";
        }
      }
      await o.store.save();
    },

    end() {
      clearInterval(timer);
    },
  };
}

const isToStop = (task: Task): boolean => task.desiredStatus === "STOPPED";

const inBackground = (event: string, task: Task, work: Promise<void>): void => {
  work.catch((thrown: unknown) => logLine({ event, taskArn: task.taskArn, reason: messageOf(thrown) }));
};

export const idOf = (task: Task): string => task.taskArn.slice(task.taskArn.lastIndexOf("/") + 1);

/** A task is given nothing of the edge's environment but what programs need to run at all. */
function inherited(): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of ["PATH", "HOME", "LANG", "JAVA_HOME", "TMPDIR"]) {
    const value = process.env[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** A port that a task was given is not in use until its process listens. */
async function portOfNoOther(store: EcsStore): Promise<number> {
  const given = new Set(store.tasks.flatMap((t) => (t.lastStatus === "STOPPED" ? [] : t.ports.map((p) => p.hostPort))));
  for (;;) {
    const port = await freePort();
    if (!given.has(port)) return port;
  }
}
