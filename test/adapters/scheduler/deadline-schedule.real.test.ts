import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetScheduleCommand, ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, beforeAll, expect, it } from "vitest";
import { schedulerDeadlines } from "#adapters/scheduler/deadline-schedule.ts";
import { scheduleName } from "#adapters/scheduler/schedule-name.ts";
import { functionArn, roleArn, SCHEDULE_GROUP } from "#local/home/local-account.ts";
import { ensureScheduleGroup } from "#local/home/resources.ts";
import { listenOnLoopback } from "#local/host/listen.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";
import { deadlineScheduleContract } from "./deadline-schedule.contract.ts";

const REGION = "eu-west-1";
const NOW = Date.parse("2026-03-01T12:00:00Z");
const freeze = { ref: { migration: "shop", wave: "payments" }, freezeId: "f1" };
let directory: string;
let moto: Moto | undefined;
let client: SchedulerClient;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-scheduler-"));
  moto = await startMoto({ name: "moto", directory, region: REGION });
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new SchedulerClient({ region: REGION, endpoint: moto.url, credentials, maxAttempts: 1 });
  await ensureScheduleGroup(client);
});
afterAll(async () => {
  client?.destroy();
  await moto?.process.stop();
  await rm(directory, { recursive: true, force: true });
});

const deadlines = (o: { readonly group?: string; readonly client?: SchedulerClient } = {}) =>
  schedulerDeadlines({
    client: o.client ?? client,
    group: o.group ?? SCHEDULE_GROUP,
    functionArn: functionArn(REGION, "timer-thaw-at-deadline"),
    roleArn: roleArn("sluice-scheduler"),
    now: () => NOW,
  });
const stored = () => client.send(new GetScheduleCommand({ Name: scheduleName(freeze), GroupName: SCHEDULE_GROUP }));
const names = async () => ((await client.send(new ListSchedulesCommand({}))).Schedules ?? []).map((one) => one.Name);

deadlineScheduleContract(() => ({ deadlines: deadlines(), now: NOW, standing: async () => (await names()).length }));

it("makes one schedule per freeze, moves it, and takes it away, each as often as it is asked", async () => {
  await deadlines().schedule(freeze, NOW + 600_000);
  await deadlines().schedule(freeze, NOW + 600_000);
  const first = await stored();
  expect(first).toMatchObject({
    ScheduleExpression: "at(2026-03-01T12:09:00)",
    ScheduleExpressionTimezone: "UTC",
    ActionAfterCompletion: "DELETE",
    FlexibleTimeWindow: { Mode: "OFF" },
    Target: { Arn: functionArn(REGION, "timer-thaw-at-deadline"), RoleArn: roleArn("sluice-scheduler") },
  });
  expect(JSON.parse(first.Target?.Input ?? "")).toEqual({
    migration: "shop",
    wave: "payments",
    freezeId: "f1",
    deadlineAt: NOW + 600_000,
  });
  await deadlines().schedule({ ...freeze, freezeId: "f2" }, NOW + 600_000);
  await deadlines().schedule(freeze, NOW + 900_000);
  expect((await stored()).ScheduleExpression).toBe("at(2026-03-01T12:14:00)");
  // A group that is there is left with what it holds.
  await ensureScheduleGroup(client);
  expect(await names()).toHaveLength(2);
  await deadlines().cancel(freeze);
  await deadlines().cancel(freeze);
  expect(await names()).toEqual([scheduleName({ ...freeze, freezeId: "f2" })]);
});

it("names the group that does not exist, and calls an unreachable Scheduler passing", async () => {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  // moto answers 500 here, where Scheduler answers this.
  const asScheduler = createServer((_request, response) => {
    response.writeHead(404, { "x-amzn-errortype": "ResourceNotFoundException", "content-type": "application/json" });
    response.end(JSON.stringify({ Message: "Schedule group not-deployed does not exist." }));
  });
  await listenOnLoopback(asScheduler, 0);
  const { port } = asScheduler.address() as AddressInfo;
  const there = new SchedulerClient({ region: REGION, endpoint: `http://127.0.0.1:${port}`, credentials });
  await expect(
    deadlines({ group: "not-deployed", client: there }).schedule(freeze, NOW + 60_000),
  ).rejects.toMatchObject({
    name: "OperatorFault",
    message: expect.stringMatching(/not-deployed.*SLUICE_SCHEDULE_GROUP/),
  });
  there.destroy();
  asScheduler.close();
  const nowhere = new SchedulerClient({ region: REGION, endpoint: "http://127.0.0.1:1", credentials, maxAttempts: 1 });
  await expect(deadlines({ client: nowhere }).schedule(freeze, NOW)).rejects.toMatchObject({ name: "RetryableFault" });
});
