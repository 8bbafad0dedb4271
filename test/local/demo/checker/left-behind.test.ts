import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { compareRights, stillListening, workersAttachedTo } from "#local/demo/checker/left-behind.ts";

const declared = ["ALLOW User:app WRITE TOPIC orders", "ALLOW User:sluice READ TOPIC *"];
const fence = "DENY User:app WRITE TOPIC orders";

test("rights: the declared ones and the sealed wave's fence are no leftover", () => {
  expect(compareRights("source", [...declared, fence], [...declared, fence])).toEqual([]);
});

test("rights: what nobody declared, what is gone, and a fence that is missing are each named", () => {
  const found = [declared[0] ?? "", "ALLOW User:mirror-forward WRITE TOPIC orders"];
  expect(compareRights("target", found, [...declared, fence])).toEqual([
    "target cluster: access right left behind: ALLOW User:mirror-forward WRITE TOPIC orders",
    "target cluster: access right missing: ALLOW User:sluice READ TOPIC *",
    "target cluster: access right missing: DENY User:app WRITE TOPIC orders",
  ]);
});

test("a worker still attached to a cluster is found by its environment, and gone when it is gone", async () => {
  const server = "127.0.0.1:1";
  const worker = spawn("sleep", ["60"], { env: { ...process.env, CONNECT_BOOTSTRAP_SERVERS: server } });
  try {
    await expect.poll(() => workersAttachedTo([server]).map((seen) => seen.pid)).toContain(worker.pid);
    expect(workersAttachedTo(["127.0.0.1:2"])).toEqual([]);
  } finally {
    worker.kill("SIGKILL");
  }
  await expect.poll(() => workersAttachedTo([server])).toEqual([]);
});

test("a port that still listens is found", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  await sleep(20);
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  expect(await stillListening([`127.0.0.1:${address.port}`])).toEqual([`127.0.0.1:${address.port}`]);
  await new Promise((resolve) => server.close(resolve));
  expect(await stillListening([`127.0.0.1:${address.port}`])).toEqual([]);
});
