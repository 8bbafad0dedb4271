import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  CreateClusterCommand,
  DescribeServicesCommand,
  ECSClient,
  ListTaskDefinitionsCommand,
  RegisterTaskDefinitionCommand,
} from "@aws-sdk/client-ecs";
import { KafkaClient } from "@aws-sdk/client-kafka";
import { CreateScheduleGroupCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tableDefinition } from "#adapters/dynamodb/table.ts";
import { dynamoWaveStore } from "#adapters/dynamodb/wave-store.ts";
import { ecsWorkers } from "#adapters/ecs/workers.ts";
import { clusterAddresses } from "#adapters/msk/cluster-addresses.ts";
import { schedulerDeadlines } from "#adapters/scheduler/deadline-schedule.ts";
import { secretReader } from "#adapters/secrets/secret-reader.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { startLocalTable } from "../adapters/dynamodb/local-table.ts";
import { migration, POSTING } from "../in-memory/migration.ts";

const NOW = Date.now();
const region = "eu-west-1";
const directory = await mkdtemp(join(tmpdir(), "sluice-teardown-"));
let moto: Moto;
let table: Awaited<ReturnType<typeof startLocalTable>>;
let ecs: ECSClient;
let scheduler: SchedulerClient;

beforeAll(async () => {
  [moto, table] = await Promise.all([startMoto({ name: "moto", directory, region }), startLocalTable()]);
  const settings = { endpoint: moto.url, region, credentials: { accessKeyId: "local", secretAccessKey: "local" } };
  ecs = new ECSClient(settings);
  scheduler = new SchedulerClient(settings);
});
afterAll(async () => {
  await Promise.all([moto?.process.stop(), table?.stop()]);
  await rm(directory, { recursive: true, force: true });
});

/** moto starts a service only in a network that it has; each of its regions comes with one. */
async function firstOf(action: string, tag: string): Promise<string> {
  const answer = await fetch(moto.url, {
    method: "POST",
    headers: { authorization: `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/ec2/aws4_request` },
    body: new URLSearchParams({ Action: action, Version: "2016-11-15" }),
  });
  const found = new RegExp(`<${tag}>([^<]+)</${tag}>`).exec(await answer.text())?.[1];
  if (found === undefined) throw new Error(`${action} showed no ${tag}`);
  return found;
}

const clusterOf = (stage: string): string => `sluice-${stage}`;

/** A stage as SST leaves it, with all that the control plane makes for migration `shop`, made by the adapters themselves. */
async function stageInUse(stage: string): Promise<void> {
  const cluster = clusterOf(stage);
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await scheduler.send(new CreateScheduleGroupCommand({ Name: `${cluster}-deadlines` }));
  await table.client.send(new CreateTableCommand(tableDefinition(cluster)));
  const secrets = new SecretsManagerClient({ region });
  const workers = ecsWorkers({
    ecs,
    secrets: secretReader(secrets),
    addresses: clusterAddresses({ clientIn: () => new KafkaClient({ region }) }),
    migration: migration(),
    home: {
      region,
      cluster,
      image: "connect:1",
      subnets: [await firstOf("DescribeSubnets", "subnetId")],
      securityGroups: [await firstOf("DescribeSecurityGroups", "groupId")],
      executionRoleArn: "arn:aws:iam::123456789012:role/execution",
      taskRoleArn: "arn:aws:iam::123456789012:role/task",
      logGroup: "/ecs/workers",
    },
  });
  await workers.launch("forward");
  await workers.launch("reverse");
  await schedulerDeadlines({
    client: scheduler,
    group: `${cluster}-deadlines`,
    functionArn: `arn:aws:lambda:${region}:123456789012:function:deadline`,
    roleArn: "arn:aws:iam::123456789012:role/deadlines",
    now: () => NOW,
  }).schedule({ ref: { migration: "shop", wave: "payments" }, freezeId: "freeze-1" }, NOW + 600_000);
}

async function madeFor(stage: string): Promise<readonly string[]> {
  const cluster = clusterOf(stage);
  const [services, definitions, schedules] = await Promise.all([
    ecs.send(new DescribeServicesCommand({ cluster, services: ["sluice-shop-forward", "sluice-shop-reverse"] })),
    ecs.send(new ListTaskDefinitionsCommand({ status: "ACTIVE" })),
    scheduler.send(new ListSchedulesCommand({ GroupName: `${cluster}-deadlines` })),
  ]);
  return [
    ...(services.services ?? []).flatMap(({ serviceName = "", status }) => (status === "ACTIVE" ? [serviceName] : [])),
    ...(definitions.taskDefinitionArns ?? []).filter((arn) => arn.includes(`/${cluster}-shop-`)),
    ...(schedules.Schedules ?? []).map(({ Name = "" }) => Name),
  ];
}

/** The command itself, as `npm run teardown` starts it. */
async function teardown(...args: readonly string[]): Promise<{ readonly code: number; readonly told: string }> {
  const run = promisify(execFile)(process.execPath, [join(repositoryRoot, "stacks/run-time/main.ts"), ...args], {
    env: {
      PATH: process.env["PATH"],
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: "local",
      AWS_SECRET_ACCESS_KEY: "local",
      AWS_ENDPOINT_URL: moto.url,
      AWS_ENDPOINT_URL_DYNAMODB: table.url,
    },
  });
  return run.then(
    ({ stdout }) => ({ code: 0, told: stdout }),
    (error: { readonly code: number; readonly stderr: string }) => ({ code: error.code, told: error.stderr }),
  );
}

describe("tearing down what the control plane made", () => {
  it("refuses while a wave is active, names it, and touches nothing", async () => {
    await stageInUse("busy");
    const store = dynamoWaveStore({ client: table.client, tableName: clusterOf("busy") });
    const file = migration();
    const rows = file.waves.map(({ name }) => plannedRow({ migration: file.name, wave: name }, NOW));
    await store.createMigration(file, rows, POSTING);
    const row = await store.wave({ migration: "shop", wave: "payments" });
    if (row === undefined) throw new Error("no row");
    const held = { kind: "by-person" as const, by: "olga", reason: "lunch", cure: "resume", at: NOW };
    await store.write(
      row,
      { ...row, run: 1, phase: "consumers-moved", hold: held },
      [{ event: "Held", by: "olga" }],
      NOW,
    );
    const before = await madeFor("busy");
    expect(before).toHaveLength(5);
    await expect
      .poll(() => teardown("--stage", "busy"), { timeout: 20_000 })
      .toEqual({ code: 1, told: expect.stringMatching(/active waves \(payments of shop\).*Seal, roll back or abort/) });
    expect(await madeFor("busy")).toEqual(before);
  });

  it("removes all of one stage and nothing of one whose name begins alike, or of anybody else", async () => {
    await stageInUse("a");
    await stageInUse("a-b");
    await ecs.send(new RegisterTaskDefinitionCommand({ family: "sluice-a-theirs", containerDefinitions: [] }));
    const other = await madeFor("a-b");
    const removed = await teardown("--stage", "a");
    expect(removed.code, removed.told).toBe(0);
    for (const what of [
      "ECS service sluice-shop-forward",
      "task definition sluice-a-shop-reverse:1",
      "schedule shop_payments",
    ])
      expect(removed.told).toContain(what);
    expect(await madeFor("a")).toEqual([]);
    expect(await madeFor("a-b")).toEqual(other);
    const left = await ecs.send(new ListTaskDefinitionsCommand({ familyPrefix: "sluice-a-theirs" }));
    expect(left.taskDefinitionArns).toHaveLength(1);
    expect(await teardown("--stage", "a")).toEqual({
      code: 0,
      told: "stage a has nothing that was made at run time\n",
    });
  });

  it("has nothing to do for a stage that is gone, and asks for the stage's name", async () => {
    expect(await teardown("--stage", "gone")).toMatchObject({ code: 0 });
    expect(await teardown()).toEqual({ code: 1, told: expect.stringContaining("--stage is missing") });
  });
});
