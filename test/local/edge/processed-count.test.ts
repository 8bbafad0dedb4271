import { expect, test } from "vitest";
import { processedCount } from "#local/edge/stream/processed-count.ts";

const numbers = ["10", "11", "12"];
const after = (value: unknown) => processedCount({ requestId: "r", kind: "result", value }, numbers);

test("no reported failure means that the whole batch is dealt with", () => {
  for (const value of [undefined, null, {}, { batchItemFailures: [] }, { batchItemFailures: null }]) {
    expect(after(value)).toBe(3);
  }
});

test("the first of the reported failures is where to go on, in whatever order they are reported", () => {
  expect(after({ batchItemFailures: [{ itemIdentifier: "12" }, { itemIdentifier: "11" }] })).toBe(1);
});

test("a report that cannot be understood fails the whole batch", () => {
  for (const itemIdentifier of ["99", "", null]) {
    expect(after({ batchItemFailures: [{ itemIdentifier: "12" }, { itemIdentifier }] })).toBe(0);
  }
  for (const value of ["done", 7, { batchItemFailures: "none" }, { batchItemFailures: ["11"] }]) {
    expect(after(value)).toBe(0);
  }
});

test("an invocation that failed or never ran has dealt with nothing", () => {
  const error = { errorType: "Error", errorMessage: "", trace: [] };
  expect(processedCount({ requestId: "r", kind: "error", error }, numbers)).toBe(0);
  expect(processedCount({ requestId: "r", kind: "unavailable", reason: "no host" }, numbers)).toBe(0);
});
