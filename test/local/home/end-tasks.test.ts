import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findMainProcess, startTaskProcess } from "#local/edge/ecs/task-process.ts";
import { endTasks } from "#local/home/end-tasks.ts";
import { isAlive } from "#local/processes/process-identity.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-tasks-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const record = (taskArn: string, process?: { pid: number; startTicks: string }) => ({
  taskArn,
  cluster: "sluice",
  plan: {
    taskDefinitionArn: "arn:aws:ecs:eu-west-1:123456789012:task-definition/probe:1",
    family: "probe",
    container: {
      name: "connect",
      image: "sluice/connect:1",
      command: [],
      environment: [],
      secrets: [],
      containerPorts: [],
      stopTimeoutSeconds: 30,
    },
  },
  group: "service:probe",
  lastStatus: "RUNNING",
  desiredStatus: "RUNNING",
  createdAt: 1,
  ports: [],
  ...(process === undefined ? {} : { process }),
});

test("a home that never ran a task has none to end", async () => {
  await expect(endTasks(directory)).resolves.toBeUndefined();
});

test("tasks that outlived their edge are ended with all they started, recorded or only marked; a stranger is not", async () => {
  const start = (taskArn: string) =>
    startTaskProcess({
      taskArn,
      argv: ["bash", "-c", "sleep 600 & wait"],
      environment: { PATH: process.env["PATH"] ?? "" },
      logFile: join(directory, "task.log"),
    });
  const [recorded, marked, stranger] = await Promise.all(["arn:task/one", "arn:task/two", "arn:task/other"].map(start));
  const strangersPid = stranger?.identity?.pid ?? 0;
  const tasks = [
    record("arn:task/one", recorded?.identity),
    record("arn:task/two"),
    // Its number lives again as somebody else's.
    record("arn:task/gone", { pid: strangersPid, startTicks: "1" }),
  ];
  await writeFile(join(directory, "ecs.json"), JSON.stringify({ tasks, services: [] }));
  try {
    await endTasks(directory);
    for (const started of [recorded, marked]) {
      expect(started?.identity).toBeDefined();
      if (started?.identity !== undefined) expect(await isAlive(started.identity)).toBe(false);
    }
    await expect.poll(() => findMainProcess("arn:task/one")).toBeUndefined();
    await expect.poll(() => findMainProcess("arn:task/two")).toBeUndefined();
    expect((await findMainProcess("arn:task/other"))?.pid).toBe(strangersPid);
  } finally {
    process.kill(-strangersPid, "SIGKILL");
  }
});
