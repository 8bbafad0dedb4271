import type { Task } from "@aws-sdk/client-ecs";
import { restPort } from "./task-definition.ts";

/** The newest task whose container runs; a deployment shows the task that it ends beside the one that it starts. */
export const runningTask = (tasks: readonly Task[]): Task | undefined =>
  newest(
    tasks.filter((task) => task.lastStatus === "RUNNING" && task.desiredStatus !== "STOPPED"),
    (task) => task.startedAt,
  );

/** Where its REST interface answers: a binding of the host where there is one, else the task's own network interface. */
export const taskAddress = (task: Task): string | undefined => {
  const container = task.containers?.[0];
  const binding = container?.networkBindings?.find((b) => b.containerPort === restPort);
  if (binding?.bindIP !== undefined && binding.hostPort !== undefined)
    return `http://${binding.bindIP}:${binding.hostPort}`;
  const ip = container?.networkInterfaces?.[0]?.privateIpv4Address;
  return ip === undefined ? undefined : `http://${ip}:${restPort}`;
};

/** What ended the task that stopped last, in words; undefined where none did. */
export const lastEnd = (
  tasks: readonly Task[],
): { readonly reason: string; readonly exitCode: number | undefined } | undefined => {
  const task = newest(
    tasks.filter((t) => t.lastStatus === "STOPPED"),
    (t) => t.stoppedAt,
  );
  if (task === undefined) return undefined;
  const container = task.containers?.[0];
  const parts = [
    task.stoppedReason,
    container?.exitCode === undefined ? undefined : `exit code ${container.exitCode}`,
    container?.reason,
  ].filter((part) => part !== undefined && part !== "");
  return {
    reason: `its task stopped${parts.length === 0 ? "" : ` (${parts.join("; ")})`}`,
    exitCode: container?.exitCode,
  };
};

const newest = (tasks: readonly Task[], at: (task: Task) => Date | undefined): Task | undefined =>
  [...tasks].sort((a, b) => (at(b)?.getTime() ?? 0) - (at(a)?.getTime() ?? 0))[0];
