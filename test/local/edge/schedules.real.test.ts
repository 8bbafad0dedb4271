import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { schedulerDeadlines } from "#adapters/scheduler/deadline-schedule.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import type { Invoked, InvokeFunction } from "#local/edge/invoke-function.ts";
import { type Schedules, startSchedules, timeOf } from "#local/edge/schedules.ts";
import { functionArn, roleArn, SCHEDULE_GROUP } from "#local/home/local-account.ts";
import { ensureScheduleGroup } from "#local/home/resources.ts";
import { type Moto, startMoto } from "#local/processes/start-moto.ts";

const REGION = "eu-west-1";
const FUNCTION = "timer-thaw-at-deadline";
const freeze = (freezeId: string) => ({ ref: { migration: "shop", wave: "payments" }, freezeId });
let directory: string;
let moto: Moto | undefined;
let client: SchedulerClient;
let schedules: Schedules | undefined;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-schedules-"));
  moto = await startMoto({ name: "moto", directory, region: REGION });
  client = new SchedulerClient({
    region: REGION,
    endpoint: moto.url,
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await ensureScheduleGroup(client);
});
afterEach(async () => {
  await schedules?.end();
  schedules = undefined;
});
afterAll(async () => {
  client?.destroy();
  await moto?.process.stop();
  await rm(directory, { recursive: true, force: true });
});

const deadlines = (now: () => number) =>
  schedulerDeadlines({
    client,
    group: SCHEDULE_GROUP,
    functionArn: functionArn(REGION, FUNCTION),
    roleArn: roleArn("sluice-scheduler"),
    now,
  });
/** Due at once: Scheduler takes nothing that is past when it is made. */
const due = () => deadlines(() => Date.now() - 10_000);
const left = async (): Promise<number> => (await client.send(new ListSchedulesCommand({}))).Schedules?.length ?? -1;
const start = (invoke: InvokeFunction, lateSeconds = 0): void => {
  const functions = new Map(FUNCTIONS.map((entry) => [entry.name, entry]));
  schedules = startSchedules({ functions, invoke, scheduler: client, lookEverySeconds: 0.1, lateSeconds });
};
const done = (event: unknown): Invoked => ({ requestId: "r", kind: "result", value: event });

it("calls the function with its input once it is time, and deletes the schedule then", async () => {
  const called: unknown[] = [];
  start(async (entry, event) => {
    called.push(`${entry.name} ${JSON.stringify(event)}`);
    return done(event);
  });
  const now = Date.now();
  await due().schedule(freeze("now"), now);
  await deadlines(Date.now).schedule(freeze("later"), now + 600_000);
  await expect.poll(left, { timeout: 5_000 }).toBe(1);
  await sleep(500);
  expect(called).toEqual([
    `${FUNCTION} ${JSON.stringify({ migration: "shop", wave: "payments", freezeId: "now", deadlineAt: now })}`,
  ]);
  await deadlines(Date.now).cancel(freeze("later"));
});

it("fires again what failed, or what an edge that ended has left; what was set anew meanwhile stays", async () => {
  let calls = 0;
  start(async (_entry, event) => {
    calls += 1;
    if (calls === 1) return { requestId: "r", kind: "unavailable", reason: "the handler host is not up" };
    if (calls === 2) await deadlines(Date.now).schedule(freeze("again"), Date.now() + 600_000);
    return done(event);
  });
  await due().schedule(freeze("again"), Date.now());
  await expect.poll(() => calls, { timeout: 5_000 }).toBe(2);
  await sleep(500);
  expect(calls).toBe(2);
  expect(await left()).toBe(1);
  await due().cancel(freeze("again"));
});

it("comes as late as it is told to, where tests want what Scheduler may do", async () => {
  let calledAt = 0;
  start(async (_entry, event) => {
    calledAt = Date.now();
    return done(event);
  }, 7);
  // What is set for the past comes five seconds from then.
  const setAt = Date.now() - 10_000;
  await deadlines(() => setAt).schedule(freeze("late"), setAt);
  await expect.poll(left, { timeout: 5_000 }).toBe(0);
  expect(calledAt).toBeGreaterThanOrEqual(setAt + 12_000);
});

it("reads the one kind of time that is made", () => {
  expect(timeOf("at(2026-03-01T12:00:05)")).toBe(Date.parse("2026-03-01T12:00:05Z"));
  expect(timeOf("rate(5 minutes)")).toBeUndefined();
});
