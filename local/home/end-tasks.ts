import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { stateSchema, type Task } from "../edge/ecs/records.ts";
import { findMainProcess, killRemains, signalTask } from "../edge/ecs/task-process.ts";
import { isAlive } from "../processes/process-identity.ts";
import { readIfThere } from "./read-if-there.ts";

const BOUND_SECONDS = 20;

/**
 * Ends the processes of ECS tasks that an edge left running: SIGTERM to all, SIGKILL after a bound. What the edge recorded
 * of them stays, so that the next one starts the tasks of its services again. To be called when no edge runs.
 */
export async function endTasks(stateDirectory: string): Promise<void> {
  const text = await readIfThere(join(stateDirectory, "ecs.json"));
  if (text === undefined) return;
  const { tasks } = stateSchema.parse(JSON.parse(text));
  await Promise.all(tasks.filter((task) => task.lastStatus !== "STOPPED").map(endTask));
}

async function endTask(task: Task): Promise<void> {
  // A task whose start was not recorded in time is found by its mark.
  const identity = task.process ?? (await findMainProcess(task.taskArn));
  if (identity !== undefined) {
    await signalTask(identity, "SIGTERM");
    const begun = Date.now();
    while ((await isAlive(identity)) && Date.now() - begun < BOUND_SECONDS * 1000) await sleep(50);
  }
  await killRemains(task.taskArn);
}
