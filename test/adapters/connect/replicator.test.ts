import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { connectReplicator } from "#adapters/connect/replicator.ts";
import { migration } from "../../in-memory/migration.ts";

let server: Server | undefined;
afterEach(async () => {
  await new Promise((resolve) => server?.close(resolve));
});

const offsets = {
  offsets: [{ partition: { cluster: "target", topic: "orders", partition: 0 }, offset: { offset: 41 } }],
};
const broken = { error_code: 500, message: "Failed to retrieve offsets for source connector m" };

/** A worker that fails to read offsets so many times; tells how often it was asked. */
const workerThatTrips = async (times: number) => {
  let asked = 0;
  const listening = createServer((_, response) => {
    const trips = ++asked <= times;
    response.writeHead(trips ? 500 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(trips ? broken : offsets));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const { source, target } = migration();
  const replicator = connectReplicator({
    workers: { restUrl: async () => url, forget: () => undefined },
    clusters: { source, target },
    tasksPerConnector: 1,
    signIn: async () => ({ type: "none" }),
  });
  return { replicator, asked: () => asked };
};

it("reads offsets again where Connect tripped over a write that came meanwhile", async () => {
  const { replicator, asked } = await workerThatTrips(2);
  expect(await replicator.replicatedThrough("reverse", "m")).toEqual(new Map([["orders/0", 42n]]));
  expect(asked()).toBe(3);
});

it("gives a worker up that never reads them, as one that may yet recover", async () => {
  const { replicator } = await workerThatTrips(Number.POSITIVE_INFINITY);
  await expect(replicator.replicatedThrough("reverse", "m")).rejects.toMatchObject({
    name: "RetryableFault",
    message: expect.stringContaining("500"),
  });
});
