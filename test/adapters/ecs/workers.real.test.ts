import { mkdir, mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateClusterCommand,
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
} from "@aws-sdk/client-ecs";
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import kafkajs from "kafkajs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectReplicator } from "#adapters/connect/replicator.ts";
import { ecsWorkers } from "#adapters/ecs/workers.ts";
import { clusterAddresses } from "#adapters/msk/cluster-addresses.ts";
import { secretReader } from "#adapters/secrets/secret-reader.ts";
import { OperatorFault, RetryableFault } from "#core/fault.ts";
import { type Migration, migrationSchema } from "#core/migration/migration.ts";
import { loadImages } from "#local/edge/ecs/load-images.ts";
import { type Ecs, startEcs } from "#local/edge/ecs/start-ecs.ts";
import { sdkServer } from "#local/edge/sdk-server.ts";
import { closeWithin, listenOnLoopback } from "#local/host/listen.ts";
import { type Broker, startBroker } from "#local/kafka/start-broker.ts";
import { startMoto } from "#local/processes/start-moto.ts";
import { freePort } from "#local/setup/free-port.ts";
import { eventually } from "../connect/mirror-estate.ts";
import { nowhere } from "../connect/nowhere.ts";
import { workersContract } from "./workers.contract.ts";

const region = "eu-west-1";
const password = "pw-F0rward-planted";
const directory = await mkdtemp(join(tmpdir(), "ecs-workers-"));
const running: (() => Promise<unknown>)[] = [];
let broker: Broker;
let sdk: { readonly ecs: ECSClient; readonly secrets: SecretsManagerClient };
let ecsHost: Ecs;

beforeAll(async () => {
  const [started, moto] = await Promise.all([
    startBroker({
      name: "target",
      directory: join(directory, "target"),
      users: { admin: "admin-secret", "mirror-forward": password },
      superUsers: ["admin", "mirror-forward"],
      allowEveryone: false,
    }),
    startMoto({ name: "moto", directory, region }),
  ]);
  running.push(
    () => started.stop(),
    () => moto.process.stop(),
  );
  broker = started;
  const options = (endpoint: string) => ({
    endpoint,
    region,
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const secrets = new SecretsManagerClient(options(moto.url));
  await mkdir(join(directory, "state"));
  ecsHost = await startEcs({
    moto: new ECSClient(options(moto.url)),
    secrets,
    images: await loadImages(join(import.meta.dirname, "../../../local/edge/ecs/images.ts")),
    naming: { region, account: "123456789012" },
    stateDirectory: join(directory, "state"),
  });
  running.push(async () => {
    await ecsHost.stopTasks();
    ecsHost.end();
  });
  const server: Server = sdkServer({
    lambda: () => Promise.reject(new Error("no function is called here")),
    ecs: ecsHost,
    motoUrl: new URL(moto.url),
    dynamodbUrl: new URL(moto.url),
    hostUrl: new URL(moto.url),
  });
  const port = await freePort();
  await listenOnLoopback(server, port);
  running.push(() => closeWithin(server, 1));
  sdk = { ecs: new ECSClient(options(`http://127.0.0.1:${port}`)), secrets };
  await sdk.ecs.send(new CreateClusterCommand({ clusterName: "sluice" }));
  await putSecret("shop/forward", { username: "mirror-forward", password: "not this one" });
});
afterAll(async () => {
  for (const stop of running.reverse()) await stop();
  await rm(directory, { recursive: true, force: true });
});

const putSecret = async (name: string, value: unknown) => {
  const SecretString = typeof value === "string" ? value : JSON.stringify(value);
  await sdk.secrets
    .send(new CreateSecretCommand({ Name: name, SecretString }))
    .catch(() => sdk.secrets.send(new PutSecretValueCommand({ SecretId: name, SecretString })));
};

const migrationOf = (name: string, secret: string): Migration => {
  const auth = { type: "scram", mechanism: "SCRAM-SHA-256", secret };
  const cluster = { bootstrapServers: [broker.bootstrapServers], auth: { type: "none" } };
  return migrationSchema.parse({
    name,
    source: cluster,
    target: cluster,
    replicator: {
      forward: { principal: "User:mirror-forward", auth },
      reverse: { principal: "User:mirror-reverse", auth },
    },
    people: [{ id: "ann", roles: ["operator"] }],
    waves: [{ name: "orders", topics: ["orders"], groups: [], clients: [] }],
  });
};

const workersOf = (migration: Migration) =>
  ecsWorkers({
    ecs: sdk.ecs,
    secrets: secretReader(sdk.secrets),
    addresses: clusterAddresses({
      clientIn: (region) => {
        throw new Error(`MSK is not asked in ${region}`);
      },
    }),
    migration,
    home: {
      region,
      cluster: "sluice",
      image: "sluice/connect:1",
      subnets: ["subnet-1"],
      securityGroups: ["sg-1"],
      executionRoleArn: "arn:aws:iam::123456789012:role/execution",
      taskRoleArn: "arn:aws:iam::123456789012:role/task",
      logGroup: "/sluice/workers",
    },
  });

const revisions = async (family: string) =>
  (await sdk.ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: family, status: "ACTIVE" }))).taskDefinitionArns ??
  [];

describe("a migration's workers on ECS", () => {
  it("are not there before they are launched", async () => {
    const workers = workersOf(migrationOf("shop", "shop/forward"));
    expect(await workers.status("forward")).toEqual({
      isReady: false,
      reason: "ECS service sluice-shop-forward does not exist",
    });
    await expect(workers.restUrl("forward")).rejects.toThrow(RetryableFault);
    await workersContract["are not there before they are launched"](workers);
  });

  it("with a wrong password say what ended, and start by themselves again after the secret was corrected", async () => {
    const workers = workersOf(migrationOf("shop", "shop/forward"));
    await workers.launch("forward");
    const reason = await eventually("the reason of the failing worker", async () => {
      const status = await workers.status("forward");
      return !status.isReady && status.reason.includes("exit code") ? status.reason : undefined;
    });
    expect(reason).toMatch(
      /sluice-shop-forward.*its task stopped .*exit code 2.*username and password of secret shop\/forward.*see its log in \/sluice\/workers/,
    );
    expect(await revisions("sluice-shop-forward")).toHaveLength(1);

    await putSecret("shop/forward", { username: "mirror-forward", password });
    await workers.launch("forward");
    expect(await revisions("sluice-shop-forward")).toHaveLength(2);
    await eventually("the worker ready", async () => (await workers.status("forward")).isReady, 60);
  });

  it("launched again change nothing, and their address serves the replicator", async () => {
    const workers = workersOf(migrationOf("shop", "shop/forward"));
    const url = await workers.restUrl("forward");
    await workersContract["launched again stay as they are"](workers);
    expect(await revisions("sluice-shop-forward")).toHaveLength(2);
    workers.forget("forward");
    expect(await workers.restUrl("forward")).toBe(url);
    const replicator = connectReplicator({
      workers,
      ends: async () => ({ source: nowhere("a:1"), target: nowhere("b:1") }),
      tasksPerConnector: 1,
    });
    expect(await replicator.status("forward", "nobody")).toBeUndefined();
  });

  it("stay as they are where another wave has registered a revision that says the same", async () => {
    const workers = workersOf(migrationOf("shop", "shop/forward"));
    const service = async () =>
      (await sdk.ecs.send(new DescribeServicesCommand({ cluster: "sluice", services: ["sluice-shop-forward"] })))
        .services?.[0]?.taskDefinition;
    const before = { service: await service(), url: await workers.restUrl("forward") };
    const known = await revisions("sluice-shop-forward");
    const { taskDefinition } = await sdk.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "sluice-shop-forward" }),
    );
    if (taskDefinition === undefined) throw new Error("no task definition");
    await sdk.ecs.send(
      new RegisterTaskDefinitionCommand({
        family: taskDefinition.family,
        containerDefinitions: taskDefinition.containerDefinitions,
        cpu: taskDefinition.cpu,
        memory: taskDefinition.memory,
        networkMode: taskDefinition.networkMode,
        requiresCompatibilities: taskDefinition.requiresCompatibilities,
      }),
    );
    expect(await revisions("sluice-shop-forward")).toHaveLength(known.length + 1);
    await workers.launch("forward");
    expect(await service()).toBe(before.service);
    workers.forget("forward");
    expect(await workers.restUrl("forward")).toBe(before.url);
  });

  it("that end while they work are told with reason and exit code, wherever the worker does not answer", async () => {
    const workers = workersOf(migrationOf("shop", "shop/forward"));
    const replicator = connectReplicator({
      workers,
      ends: async () => ({ source: nowhere("a:1"), target: nowhere("b:1") }),
      tasksPerConnector: 1,
    });
    await workers.restUrl("forward");
    const { taskArns } = await sdk.ecs.send(
      new ListTasksCommand({ cluster: "sluice", serviceName: "sluice-shop-forward" }),
    );
    await sdk.ecs.send(
      new StopTaskCommand({
        cluster: "sluice",
        task: taskArns?.[0] ?? "",
        reason: "Task failed container health checks",
      }),
    );
    // This is what the gate's check shows while it cannot be made, and what a step holds with.
    const told = await eventually(
      "a request that is not answered",
      () =>
        replicator.status("forward", "nobody").then(
          () => undefined,
          // While it ends it still answers, in its own way.
          (error: unknown) =>
            error instanceof RetryableFault && error.message.includes("health checks") ? error.message : undefined,
        ),
      60,
    );
    // 143 where it ended when it was told to, 137 where that took it longer than its stop timeout: asked meanwhile, it may.
    expect(told).toMatch(
      /sluice-shop-forward: its task stopped \(Task failed container health checks; exit code 1(43|37)\); see its log in \/sluice\/workers/,
    );
    await eventually("the next worker ready", async () => (await workers.status("forward")).isReady, 60);
  }, 180_000);

  it("keep their topics and group under the migration's own names, and no password in the task definition", async () => {
    const kafka = new kafkajs.Kafka({
      brokers: [broker.bootstrapServers],
      sasl: { mechanism: "scram-sha-256", username: "admin", password: "admin-secret" },
      logLevel: kafkajs.logLevel.NOTHING,
    });
    const admin = kafka.admin();
    await admin.connect();
    const topics = await admin.listTopics();
    const { groups } = await admin.describeGroups(["sluice-shop-forward"]);
    await admin.disconnect();
    expect(topics).toEqual(
      expect.arrayContaining(["configs", "offsets", "status"].map((name) => `sluice-shop-forward-${name}`)),
    );
    expect(groups[0]?.members).toHaveLength(1);
    const { taskDefinition } = await sdk.ecs.send(
      new DescribeTaskDefinitionCommand({ taskDefinition: "sluice-shop-forward" }),
    );
    const container = taskDefinition?.containerDefinitions?.[0];
    expect(container?.secrets?.map(({ name }) => name)).toEqual([
      "CONNECT_PASSWORD",
      "SOURCE_PASSWORD",
      "TARGET_PASSWORD",
    ]);
    expect(container?.secrets?.[0]?.valueFrom).toMatch(/^arn:aws:secretsmanager:.*:password::$/);
    expect(JSON.stringify(taskDefinition)).not.toContain(password);
  });

  it("are gone with their service and revisions when released, however often, and can be launched anew", async () => {
    const workers = workersOf(migrationOf("shop", "shop/forward"));
    const url = await workers.restUrl("forward");
    await workersContract["are gone when released, however often"](workers);
    await eventually("the worker gone", () =>
      fetch(`${url}/health`).then(
        () => false,
        () => true,
      ),
    );
    expect(await revisions("sluice-shop-forward")).toEqual([]);
    await eventually("launched anew", () =>
      workers.launch("forward").then(
        () => true,
        (error: unknown) => {
          if (error instanceof RetryableFault) return false;
          throw error;
        },
      ),
    );
    await workers.release("forward");
  });

  it("of a migration whose name begins the same are left alone", async () => {
    await workersOf(migrationOf("shop-2", "shop/forward")).launch("forward");
    await workersOf(migrationOf("shop", "shop/forward")).release("forward");
    expect(await revisions("sluice-shop-2-forward")).toHaveLength(1);
    await workersOf(migrationOf("shop-2", "shop/forward")).release("forward");
  });
});

describe("secrets", () => {
  it("that are missing or malformed are named and never shown", async () => {
    const secrets = secretReader(sdk.secrets);
    expect(await secrets.readCredentials("shop/forward")).toEqual({ username: "mirror-forward", password });
    await expect(secrets.readCredentials("shop/nobody")).rejects.toThrow(/secret shop\/nobody does not exist/);
    await expect(secrets.reference("shop/nobody")).rejects.toThrow(OperatorFault);
    await putSecret("shop/text", "hunter2");
    await putSecret("shop/half", { username: "hunter2" });
    for (const name of ["shop/text", "shop/half"]) {
      const error = await secrets.readCredentials(name).catch((e: unknown) => e);
      expect(error).toBeInstanceOf(OperatorFault);
      expect(String(error)).toContain(name);
      expect(String(error)).not.toContain("hunter2");
    }
    await expect(workersOf(migrationOf("shop", "shop/nobody")).launch("forward")).rejects.toThrow(/shop\/nobody/);
  });
});
