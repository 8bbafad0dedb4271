import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { connectReplicator } from "#adapters/connect/replicator.ts";
import { nowhere } from "./nowhere.ts";

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
  const replicator = await workerThatAnswers(() => {
    const trips = ++asked <= times;
    return { status: trips ? 500 : 200, body: trips ? broken : offsets };
  });
  return { replicator, asked: () => asked };
};

const workerThatAnswers = async (answer: (method: string) => { readonly status: number; readonly body: unknown }) => {
  const listening = createServer((request, response) => {
    const { status, body } = answer(request.method ?? "");
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(body));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  return connectReplicator({
    workers: { restUrl: async () => url, forget: () => undefined },
    ends: async () => ({ source: nowhere("a:1"), target: nowhere("b:1") }),
    tasksPerConnector: 1,
  });
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

it("waits for a connector that was resumed a moment ago, though its status still said STOPPED", async () => {
  const message = "Connectors must be in the STOPPED state before their offsets can be modified.";
  const replicator = await workerThatAnswers((method) =>
    method === "PATCH" ? { status: 400, body: { error_code: 400, message } } : { status: 200, body: offsets },
  );
  await expect(replicator.startFrom("reverse", "m", new Map([["orders/0", 7n]]))).rejects.toMatchObject({
    name: "RetryableFault",
    message: expect.stringContaining("connector m was told to run"),
  });
});

it("tells a person what else Connect refuses of offsets", async () => {
  const replicator = await workerThatAnswers((method) =>
    method === "PATCH"
      ? { status: 400, body: { error_code: 400, message: "no such partition" } }
      : { status: 200, body: offsets },
  );
  await expect(replicator.startFrom("reverse", "m", new Map([["orders/0", 7n]]))).rejects.toMatchObject({
    name: "OperatorFault",
    message: expect.stringContaining("no such partition"),
  });
});
