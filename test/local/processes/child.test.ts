import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { adoptChild, type Child, logSays, startChild } from "#local/processes/child.ts";
import { processIdentity } from "#local/processes/process-identity.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-child-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

const start = (name: string, script: string, more: Partial<Parameters<typeof startChild>[0]> = {}): Promise<Child> =>
  startChild({
    name,
    command: process.execPath,
    args: ["-e", script],
    logFile: join(directory, `${name}.log`),
    isHealthy: async () => true,
    healthyWithinSeconds: 10,
    ...more,
  });
const forever = "setInterval(() => {}, 1000)";

test("one that dies before it is healthy is reported with the last lines of its log", async () => {
  const dying = start("dying", "console.error('no disk left'); process.exit(3)", { isHealthy: async () => false });
  await expect(dying).rejects.toThrow(/^dying ended with 3; last lines of its log:\n {2}no disk left$/);
});

test("one that is not healthy in time is ended, and the last refusal told", async () => {
  const slow = start("slow", `console.log("pid=" + process.pid); ${forever}`, {
    healthyWithinSeconds: 0.5,
    isHealthy: async () => {
      throw new Error("connection refused");
    },
  });
  await expect(slow).rejects.toThrow(/^slow was not healthy within 0.5 s, last: connection refused/);
  const pid = Number(/pid=(\d+)/.exec(await readFile(join(directory, "slow.log"), "utf8"))?.[1]);
  expect(pid).toBeGreaterThan(0);
  expect(await processIdentity(pid)).toBeUndefined();
});

test("a command that does not exist is one clear error", async () => {
  await expect(start("absent", "", { command: "no-such-command-here" })).rejects.toThrow(
    /absent could not be started: .*no-such-command-here/,
  );
});

test("one that ignores SIGTERM is ended by SIGKILL after the bound", async () => {
  const deaf = await start("deaf", `process.on("SIGTERM", () => {}); console.log("ready"); ${forever}`, {
    isHealthy: () => logSays(join(directory, "deaf.log"), 0, "ready"),
    stopWithinSeconds: 0.3,
  });
  await deaf.stop();
  expect(await deaf.isAlive()).toBe(false);
});

test("a child is adopted by number and start time, and stopped by who adopted it", async () => {
  const child = await start("adopted", forever);
  const adopted = await adoptChild({ name: "adopted", identity: child.identity, logFile: child.logFile });
  await adopted?.stop();
  expect(await child.isAlive()).toBe(false);
  await adopted?.ended;
});

test("a process that merely has the number is neither adopted nor killed", async () => {
  const stranger = await start("stranger", forever);
  try {
    const recorded = { pid: stranger.identity.pid, startTicks: "1" };
    expect(await adoptChild({ name: "gone", identity: recorded, logFile: "gone.log" })).toBeUndefined();
    expect(await processIdentity(stranger.identity.pid)).toEqual(stranger.identity);
  } finally {
    await stranger.stop();
  }
});
