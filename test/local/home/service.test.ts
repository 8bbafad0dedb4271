import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RecordedService } from "#local/home/home-file.ts";
import { type Service, type ServiceOptions, startService } from "#local/home/service.ts";
import { type Child, startChild } from "#local/processes/child.ts";
import { isAlive } from "#local/processes/process-identity.ts";

let directory: string;
const toStop: (Service | Child)[] = [];
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-service-"));
});
afterEach(async () => {
  await Promise.all(toStop.splice(0).map((one) => one.stop()));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function options(more: Partial<ServiceOptions> = {}) {
  const records: RecordedService[] = [];
  const problems: string[] = [];
  const o: ServiceOptions = {
    name: "probe",
    fingerprint: "one",
    logFile: join(directory, "probe.log"),
    start: async () => {
      const child = await startChild({
        name: "probe",
        command: process.execPath,
        args: ["-e", "setInterval(() => {}, 1000)"],
        logFile: join(directory, "probe.log"),
        isHealthy: async () => true,
        healthyWithinSeconds: 10,
      });
      toStop.push(child);
      return child;
    },
    isHealthy: async () => true,
    onChange: async (recorded) => void records.push(recorded),
    onProblem: (sentence) => void problems.push(sentence),
    ...more,
  };
  return { o, records, problems };
}

const started = async (o: ServiceOptions, recorded?: RecordedService): Promise<Service> => {
  const service = await startService(o, recorded);
  toStop.push(service);
  return service;
};

test("one that is killed is started again, filled again, and recorded before it counts as up", async () => {
  const seen: string[] = [];
  const { o, records, problems } = options({ afterRestart: async () => void seen.push("filled") });
  const service = await started(o);
  expect(seen).toEqual([]);
  const first = service.child.identity;
  await service.kill("SIGKILL");
  await expect.poll(() => service.isUp() && service.child.identity.pid !== first.pid).toBe(true);
  expect(seen).toEqual(["filled"]);
  expect(records.map(({ pid }) => pid)).toEqual([first.pid, service.child.identity.pid]);
  expect(problems).toEqual([expect.stringMatching(/^probe had ended and was started again in \d+\.\d s$/)]);
});

test("a restart that fails is tried again until it works", async () => {
  let failures = 1;
  const { o, problems } = options();
  const service = await started({
    ...o,
    afterRestart: async () => {
      if (failures > 0) {
        failures -= 1;
        throw new Error("not yet");
      }
    },
  });
  await service.kill("SIGKILL");
  await expect.poll(() => problems.length, { timeout: 10_000 }).toBe(2);
  expect(problems[0]).toBe("probe could not be started again: not yet");
  await expect.poll(() => service.isUp()).toBe(true);
});

test("once stopped or released it is not started again", async () => {
  const { o, records } = options();
  const service = await started(o);
  await service.release();
  await service.kill("SIGKILL");
  await service.child.ended;
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(records).toHaveLength(1);
  expect(await service.child.isAlive()).toBe(false);
});

test("one that runs as configured is taken over, and watched from then on", async () => {
  const { o, records } = options();
  const first = await started(o);
  await first.release();
  const recorded = records[0];
  const second = await started(o, recorded);
  expect(second.child.identity).toEqual(first.child.identity);
  await second.kill("SIGKILL");
  await expect.poll(() => second.isUp() && second.child.identity.pid !== first.child.identity.pid).toBe(true);
});

test.each([
  ["with another configuration", { fingerprint: "two" }],
  ["and does not answer", { isHealthy: async () => false }],
])("one that runs %s is ended, and a new one started", async (_case, more) => {
  const { o, records } = options();
  const first = await started(o);
  await first.release();
  const second = await started({ ...o, ...more }, records[0]);
  expect(second.child.identity.pid).not.toBe(first.child.identity.pid);
  expect(await isAlive(first.child.identity)).toBe(false);
});
