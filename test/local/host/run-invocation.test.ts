import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { FunctionEntry } from "#functions/manifest.ts";
import type { Handler } from "#local/host/load-handler.ts";
import { runInvocation } from "#local/host/run-invocation.ts";

const entry: FunctionEntry = { name: "f", file: "f.ts", timeoutSeconds: 0.1, invokedBy: { kind: "function" } };
const run = (handler: Handler, onLate = (): void => undefined) =>
  runInvocation({ entry, load: async () => handler, event: { a: 1 }, requestId: "r-1", onLate });

test("gives the result as JSON, null for nothing", async () => {
  expect(await run((event) => event)).toEqual({ resultJson: '{"a":1}' });
  expect(await run(() => undefined)).toEqual({ resultJson: "null" });
});

test("tells errors by name, and what is no error too", async () => {
  const named = Object.assign(new Error("away"), { name: "RetryableFault" });
  expect(await run(() => Promise.reject(named))).toMatchObject({
    error: { errorType: "RetryableFault", errorMessage: "away", trace: expect.arrayContaining([expect.any(String)]) },
  });
  expect(await run(() => Promise.reject("plain"))).toMatchObject({ error: { errorType: "string" } });
  expect(await run(() => 1n)).toMatchObject({ error: { errorType: "Runtime.MarshalError" } });
});

test("answers at the time-out with nothing remaining, and tells when the late handler ends", async () => {
  let isLate = false;
  let remaining = -1;
  const late: Handler = async (_, context) => {
    await sleep(200);
    remaining = context.getRemainingTimeInMillis();
    return "too late";
  };
  const outcome = await run(late, () => {
    isLate = true;
  });
  expect(outcome).toEqual({
    error: {
      errorType: "Sandbox.Timedout",
      errorMessage: "RequestId: r-1 Error: Task timed out after 0.10 seconds",
      trace: [],
    },
  });
  expect(isLate).toBe(false);
  await sleep(200);
  expect([isLate, remaining]).toEqual([true, 0]);
});
