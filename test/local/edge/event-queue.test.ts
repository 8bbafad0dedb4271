import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { FunctionEntry } from "#functions/manifest.ts";
import { eventQueue } from "#local/edge/event-queue.ts";
import type { Invoked } from "#local/edge/invoke-function.ts";

const entry: FunctionEntry = { name: "f", file: "f.ts", timeoutSeconds: 1, invokedBy: { kind: "function" } };
const failed: Invoked = { requestId: "r", kind: "error", error: { errorType: "Error", errorMessage: "" } };
const unavailable: Invoked = { requestId: "r", kind: "unavailable", reason: "no host" };
const done: Invoked = { requestId: "r", kind: "result", value: null };

/** Answers in turn, the last one for ever. */
const answering = (...answers: readonly Invoked[]) => {
  const events: unknown[] = [];
  const invoke = async (_: FunctionEntry, event: unknown): Promise<Invoked> => {
    events.push(event);
    return answers[events.length - 1] ?? answers.at(-1) ?? done;
  };
  return { events, invoke };
};

test("an event that succeeds is delivered once, one that fails three times", async () => {
  const good = answering(done);
  const bad = answering(failed);
  for (const { invoke } of [good, bad]) {
    const queue = eventQueue(invoke, [0, 0]);
    queue.accept(entry, { n: 1 });
    await queue.end(5);
  }
  expect(good.events).toEqual([{ n: 1 }]);
  expect(bad.events).toEqual([{ n: 1 }, { n: 1 }, { n: 1 }]);
});

test("what never ran does not count as an attempt", async () => {
  const { events, invoke } = answering(unavailable, failed, unavailable, failed, unavailable, failed);
  const queue = eventQueue(invoke, [0, 0]);
  queue.accept(entry, {});
  await queue.end(10);
  expect(events).toHaveLength(6);
});

test("the end is not waited for longer than asked, and nothing is tried after it", async () => {
  const { events, invoke } = answering(failed);
  const queue = eventQueue(invoke, [60, 60]);
  queue.accept(entry, {});
  const begun = performance.now();
  await queue.end(0.1);
  expect(performance.now() - begun).toBeLessThan(2000);
  await sleep(20);
  expect(events).toHaveLength(1);
});
