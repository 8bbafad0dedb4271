import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  type Container,
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  StopTaskCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { CreateSecretCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Child } from "#local/processes/child.ts";
import { isAlive, processIdentity } from "#local/processes/process-identity.ts";
import { type TestHome, testHome, until } from "../fixtures/start-edge.ts";

const PASSWORD = "planted-password-17";
const cluster = "sluice";

let home: TestHome;
let edge: Child;
let ecs: ECSClient;
let secretArn: string;

beforeAll(async () => {
  home = await testHome();
  edge = await home.startEdge();
  ecs = new ECSClient(home.client);
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  const secret = await new SecretsManagerClient(home.client).send(
    new CreateSecretCommand({ Name: "mirror", SecretString: JSON.stringify({ password: PASSWORD }) }),
  );
  secretArn = secret.ARN ?? "";
});
afterEach(async () => {
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster }));
  expect(taskArns, "a test leaves no task behind").toEqual([]);
});
afterAll(async () => {
  if (edge !== undefined && (await edge.isAlive())) {
    await fetch(`${home.edgeUrl}/_edge/stop-tasks`, { method: "POST" });
  }
  await home?.end();
});

const define = async (family: string, image: string, secret?: string, stopTimeout?: number): Promise<string> => {
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      family,
      requiresCompatibilities: ["FARGATE"],
      networkMode: "awsvpc",
      cpu: "256",
      memory: "512",
      containerDefinitions: [
        {
          name: "main",
          image,
          essential: true,
          environment: [{ name: "PLAIN", value: "plain" }],
          portMappings: [{ containerPort: 8083 }],
          ...(secret === undefined ? {} : { secrets: [{ name: "SECRET", valueFrom: secret }] }),
          ...(stopTimeout === undefined ? {} : { stopTimeout }),
        },
      ],
    }),
  );
  return taskDefinition?.taskDefinitionArn ?? "";
};

const taskOf = async (arn: string) => {
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [arn] }));
  const task = tasks?.[0];
  if (task === undefined) throw new Error(`${arn} is not described`);
  return task;
};
const status = (arn: string, wanted: string) =>
  until(
    () => taskOf(arn),
    (task) => task.lastStatus === wanted,
    40,
  );

const serviceOf = async (name: string) => {
  const { services } = await ecs.send(new DescribeServicesCommand({ cluster, services: [name] }));
  return services?.[0];
};
const tasksOf = async (name: string) =>
  (await ecs.send(new ListTasksCommand({ cluster, serviceName: name }))).taskArns ?? [];
const running = async (name: string, wanted: number) => {
  await until(
    () => serviceOf(name),
    (service) => service?.runningCount === wanted,
  );
  return tasksOf(name);
};
const remove = async (name: string): Promise<void> => {
  await ecs.send(new UpdateServiceCommand({ cluster, service: name, desiredCount: 0 }));
  await ecs.send(new DeleteServiceCommand({ cluster, service: name }));
  await until(
    () => serviceOf(name),
    (service) => service?.status === "INACTIVE",
    40,
  );
};

const recorded = z.object({
  tasks: z.array(
    z.object({
      taskArn: z.string(),
      process: z.object({ pid: z.number(), startTicks: z.string() }).optional(),
    }),
  ),
});
/** Of a running task, once it is on disk. */
const stateOf = async (arn: string) => {
  const read = async () => {
    const state = recorded.parse(JSON.parse(await readFile(join(home.folder, "state", "ecs.json"), "utf8")));
    return state.tasks.find((task) => task.taskArn === arn)?.process;
  };
  const identity = await until(read, (found) => found !== undefined);
  if (identity === undefined) throw new Error(`${arn} is not recorded`);
  return identity;
};
const logOf = (arn: string): Promise<string> =>
  readFile(join(home.folder, "state", "tasks", `${arn.split("/").at(-1)}.log`), "utf8");
const bindingOf = (containers: Container[] | undefined) => containers?.[0]?.networkBindings?.[0];

test("runs a task with its variables, secret and port, and stops it with its exit code", async () => {
  const taskDefinition = await define("server", "test/server:1", `${secretArn}:password::`);
  const { tasks } = await ecs.send(
    new RunTaskCommand({
      cluster,
      taskDefinition,
      overrides: { containerOverrides: [{ name: "main", command: ["one", "two"] }] },
    }),
  );
  const arn = tasks?.[0]?.taskArn ?? "";
  const task = await status(arn, "RUNNING");
  expect(task.startedAt).toBeInstanceOf(Date);
  const port = bindingOf(task.containers);
  expect(port).toMatchObject({ bindIP: "127.0.0.1", containerPort: 8083, hostPort: expect.any(Number) });
  const log = await until(
    () => logOf(arn),
    (text) => text.includes("arguments"),
  );
  expect(log).toBe(
    `secret has ${PASSWORD.length} letters, plain is plain, port is ${port?.hostPort}, arguments are one two\n`,
  );
  await ecs.send(new StopTaskCommand({ cluster, task: arn, reason: "enough" }));
  expect(await status(arn, "STOPPED")).toMatchObject({
    desiredStatus: "STOPPED",
    stopCode: "UserInitiated",
    stoppedReason: "enough",
    containers: [{ lastStatus: "STOPPED", exitCode: 7 }],
  });
  const written = await readFile(join(home.folder, "state", "ecs.json"), "utf8");
  const said = await readFile(join(home.folder, "edge.log"), "utf8");
  expect(written + said + (await logOf(arn))).not.toContain(PASSWORD);
});

test("tells how a job ended by itself", async () => {
  const taskDefinition = await define("job", "test/job:1");
  const environment = [{ name: "CODE", value: "3" }];
  const { tasks } = await ecs.send(
    new RunTaskCommand({ cluster, taskDefinition, overrides: { containerOverrides: [{ name: "main", environment }] } }),
  );
  expect(await status(tasks?.[0]?.taskArn ?? "", "STOPPED")).toMatchObject({
    stopCode: "EssentialContainerExited",
    stoppedReason: "Essential container in task exited",
    containers: [{ exitCode: 3 }],
  });
});

test("refuses as ECS does", async () => {
  const unknownImage = await define("unknown", "test/nothing:1");
  const server = await define("server", "test/server:1");
  const run = (taskDefinition: string, inCluster = cluster) =>
    ecs.send(new RunTaskCommand({ cluster: inCluster, taskDefinition }));
  await expect(run(unknownImage)).rejects.toMatchObject({
    name: "ClientException",
    message: expect.stringContaining("test/nothing:1"),
  });
  await expect(run("never-defined")).rejects.toMatchObject({ name: "ClientException" });
  await expect(run(server, "elsewhere")).rejects.toMatchObject({ name: "ClusterNotFoundException" });
  await expect(ecs.send(new UpdateServiceCommand({ cluster, service: "none", desiredCount: 1 }))).rejects.toMatchObject(
    { name: "ServiceNotFoundException" },
  );
  await expect(ecs.send(new StopTaskCommand({ cluster, task: "none" }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  const described = await ecs.send(new DescribeTasksCommand({ cluster, tasks: ["none"] }));
  expect(described.failures).toEqual([{ arn: expect.stringMatching(/task\/sluice\/none$/), reason: "MISSING" }]);
});

test("a secret that cannot be read stops the task at its start, with the reason", async () => {
  const missing = await define(
    "missing-secret",
    "test/server:1",
    `${secretArn.replace("mirror", "nowhere")}:password::`,
  );
  const wrongKey = await define("wrong-key", "test/server:1", `${secretArn}:user::`);
  for (const [taskDefinition, reason] of [
    [missing, "ResourceNotFoundException"],
    [wrongKey, "did not contain json key user"],
  ] as const) {
    const { tasks } = await ecs.send(new RunTaskCommand({ cluster, taskDefinition }));
    const task = await status(tasks?.[0]?.taskArn ?? "", "STOPPED");
    expect(task.stopCode).toBe("TaskFailedToStart");
    expect(task.stoppedReason).toMatch(/^ResourceInitializationError: /);
    expect(task.stoppedReason).toContain(reason);
    expect(task.stoppedReason).not.toContain(PASSWORD);
  }
});

test("a service keeps its count, replaces what ends, and deploys anew only when its definition changes", async () => {
  const taskDefinition = await define("kept", "test/server:1");
  const create = () =>
    ecs.send(new CreateServiceCommand({ cluster, serviceName: "kept", taskDefinition, desiredCount: 1 }));
  await create();
  await create();
  const [first = ""] = await running("kept", 1);
  const before = bindingOf((await taskOf(first)).containers);
  process.kill((await stateOf(first)).pid, "SIGKILL");
  await status(first, "STOPPED");
  expect((await taskOf(first)).containers?.[0]?.exitCode).toBe(137);
  const [second = ""] = await running("kept", 1);
  expect(second).not.toBe(first);
  expect(bindingOf((await taskOf(second)).containers)?.hostPort).not.toBe(before?.hostPort);

  await ecs.send(new UpdateServiceCommand({ cluster, service: "kept", taskDefinition, desiredCount: 2 }));
  expect(await running("kept", 2)).toContain(second);
  await ecs.send(new UpdateServiceCommand({ cluster, service: "kept", desiredCount: 1 }));
  await until(
    () => tasksOf("kept"),
    (arns) => arns.length === 1,
  );
  const [third = ""] = await tasksOf("kept");

  const changed = await define("kept", "test/server:1", `${secretArn}:password::`);
  await ecs.send(new UpdateServiceCommand({ cluster, service: "kept", taskDefinition: changed }));
  await status(third, "STOPPED");
  const [fourth = ""] = await running("kept", 1);
  expect((await taskOf(fourth)).taskDefinitionArn).toBe(changed);

  await expect(ecs.send(new DeleteServiceCommand({ cluster, service: "kept" }))).rejects.toMatchObject({
    name: "InvalidParameterException",
  });
  await remove("kept");
});

test("tasks outlive a killed edge; the next one adopts them, sees one end, and ends the rest by scale-down", async () => {
  const taskDefinition = await define("adopted", "test/server:1");
  await ecs.send(new CreateServiceCommand({ cluster, serviceName: "adopted", taskDefinition, desiredCount: 2 }));
  const arns = await running("adopted", 2);
  const identities = await Promise.all(arns.map(stateOf));
  const bindings = await Promise.all(arns.map(async (arn) => bindingOf((await taskOf(arn)).containers)));
  await edge.kill("SIGKILL");
  await edge.ended;
  expect(await Promise.all(identities.map(isAlive))).toEqual([true, true]);

  edge = await home.startEdge();
  expect((await running("adopted", 2)).toSorted()).toEqual(arns.toSorted());
  expect(await Promise.all(arns.map(async (arn) => bindingOf((await taskOf(arn)).containers)))).toEqual(bindings);

  const [ended, kept] = identities;
  if (ended === undefined || kept === undefined) throw new Error("two tasks were started");
  process.kill(ended.pid, "SIGKILL");
  await status(arns[0] ?? "", "STOPPED");
  await running("adopted", 2);
  expect(await tasksOf("adopted")).toContain(arns[1]);

  await remove("adopted");
  expect(await isAlive(kept)).toBe(false);
});

test("a task that ended while no edge was there is closed and replaced", async () => {
  const taskDefinition = await define("absent", "test/server:1");
  await ecs.send(new CreateServiceCommand({ cluster, serviceName: "absent", taskDefinition, desiredCount: 1 }));
  const [arn = ""] = await running("absent", 1);
  const identity = await stateOf(arn);
  await edge.stop();
  expect(await isAlive(identity)).toBe(true);
  process.kill(identity.pid, "SIGKILL");
  await until(
    () => processIdentity(identity.pid),
    (found) => found === undefined,
  );
  edge = await home.startEdge();
  const { stopCode, containers } = await status(arn, "STOPPED");
  expect([stopCode, containers?.[0]?.exitCode]).toEqual(["EssentialContainerExited", undefined]);
  await running("absent", 1);
  await remove("absent");
});

test("stop-tasks ends all, by force where SIGTERM does not, with what they started; the next edge starts services again", async () => {
  const stubborn = await define("stubborn", "test/stubborn:1", undefined, 2);
  const server = await define("again", "test/server:1");
  await ecs.send(new CreateServiceCommand({ cluster, serviceName: "again", taskDefinition: server, desiredCount: 1 }));
  const { tasks } = await ecs.send(new RunTaskCommand({ cluster, taskDefinition: stubborn }));
  const arn = tasks?.[0]?.taskArn ?? "";
  await status(arn, "RUNNING");
  const [serverArn = ""] = await running("again", 1);
  const identities = [await stateOf(arn), await stateOf(serverArn)];
  const children = await readFile(`/proc/${identities[0]?.pid}/task/${identities[0]?.pid}/children`, "utf8");
  const left = (
    await Promise.all(
      children
        .trim()
        .split(" ")
        .map((pid) => processIdentity(Number(pid))),
    )
  ).flatMap((identity) => identity ?? []);
  expect(left.length).toBeGreaterThan(0);

  const answer = await fetch(`${home.edgeUrl}/_edge/stop-tasks`, { method: "POST" });
  expect(await answer.json()).toEqual({ stopped: expect.arrayContaining([arn, serverArn]) });
  expect(await Promise.all([...identities, ...left].map(isAlive))).not.toContain(true);
  expect((await taskOf(arn)).containers?.[0]?.exitCode).toBe(137);

  await edge.stop();
  edge = await home.startEdge();
  await running("again", 1);
  await remove("again");
});
