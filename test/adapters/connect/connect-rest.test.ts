import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, it } from "vitest";
import { connectRest } from "#adapters/connect/connect-rest.ts";

let server: Server | undefined;
afterEach(async () => {
  await new Promise((resolve) => server?.close(resolve));
});

type Answer = { readonly status: number; readonly message: string };

/** A worker that gives these answers, one after the other, and then the last one for ever; tells how often it was asked. */
const worker = async (answers: readonly [Answer, ...Answer[]], patienceMilliseconds = 5_000) => {
  let asked = 0;
  const listening = createServer((_request, response) => {
    const { status, message } = answers[Math.min(asked++, answers.length - 1)] ?? answers[0];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ error_code: status, message }));
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(listening.address() as AddressInfo).port}`;
  const request = connectRest({ restUrl: async () => url, forget: () => undefined }, { patienceMilliseconds });
  return { request, asked: () => asked };
};

const config = { method: "GET", path: "/connectors/m/config" } as const;
const done = { status: 200, message: "done" };

it.each([
  { status: 500, message: "Request cannot be completed because a rebalance is expected" },
  { status: 409, message: "Cannot complete request because of a conflicting operation (e.g. worker rebalance)" },
  {
    status: 409,
    message:
      "Cannot complete request momentarily due to stale configuration (typically caused by a concurrent config change)",
  },
])("asks again where the worker says $status: $message", async (momentary) => {
  const { request, asked } = await worker([momentary, momentary, done]);
  expect(await request("reverse", config)).toMatchObject({ status: 200 });
  expect(asked()).toBe(3);
});

it("asks again though the caller takes such a status as an answer, which then means something else", async () => {
  const rebalancing = { status: 409, message: "a worker rebalance is underway" };
  const { request } = await worker([rebalancing, { status: 409, message: "Connector m already exists" }]);
  expect(await request("forward", { method: "POST", path: "/connectors", expects: [409] })).toMatchObject({
    body: { message: "Connector m already exists" },
  });
});

it("gives up after its patience, as something that may yet pass", async () => {
  const { request, asked } = await worker([{ status: 409, message: "a worker rebalance is underway" }], 250);
  await expect(request("forward", config)).rejects.toMatchObject({
    name: "RetryableFault",
    message: "GET /connectors/m/config of the forward worker must wait: a worker rebalance is underway",
  });
  expect(asked()).toBeGreaterThan(1);
});

it.each([
  { status: 500, message: "Failed to retrieve offsets", fault: "RetryableFault" },
  { status: 400, message: "a rebalance.timeout.ms of -1 is invalid", fault: "OperatorFault" },
])("does not ask again where the worker says $status: $message", async ({ fault, ...answer }) => {
  const { request, asked } = await worker([answer]);
  await expect(request("forward", config)).rejects.toMatchObject({ name: fault });
  expect(asked()).toBe(1);
});
