import { expect, test } from "vitest";
import type { ClusterName, JournalLine } from "#local/demo/checker/journal-lines.ts";
import { pausesOf } from "#local/demo/checker/pauses.ts";

const line = (client: string, on: ClusterName, at: number): JournalLine => ({
  what: "acknowledged",
  client,
  topic: "orders",
  partition: 0,
  on,
  at,
  first: "0",
  ids: ["a"],
});

test("a pause runs from the last act on the source to the first on the target, per client, whatever the order of lines", () => {
  const journal = [
    line("orders", "target", 5100),
    line("orders", "source", 3000),
    line("orders", "source", 3100),
    line("orders", "target", 4600),
    line("payments", "source", 3000),
    line("late", "target", 9000),
  ];
  expect(pausesOf(journal, "acknowledged")).toEqual([
    { client: "orders", from: "source", to: "target", lastAt: 3100, firstAt: 4600, seconds: 1.5 },
  ]);
  expect(pausesOf(journal, "processed")).toEqual([]);
});
