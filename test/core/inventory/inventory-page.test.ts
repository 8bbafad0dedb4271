import { expect, test } from "vitest";
import { type InventoryQuestion, inventoryPage } from "#core/inventory/inventory-page.ts";
import { unknown } from "#core/inventory/unknown.ts";
import { partition, snapshot, topic } from "./snapshots.ts";

const closed = unknown("DescribeLogDirs", "no right", "grant it");
const taken = snapshot({
  topics: [
    topic("payments"),
    topic("orders-eu", { partitions: [partition(0, { sizeBytes: closed })] }),
    topic("Orders"),
    topic("orders-us"),
  ],
});
const names = (question: InventoryQuestion) => {
  const { items, found, next } = inventoryPage(taken, "topics", question);
  return { names: items.map(({ name }) => name), found, next };
};

test("pages follow each other by name until the last, and find the same however they are cut", () => {
  expect(names({ limit: 3 })).toEqual({ names: ["Orders", "orders-eu", "orders-us"], found: 4, next: "orders-us" });
  expect(names({ limit: 3, after: "orders-us" })).toEqual({ names: ["payments"], found: 4, next: undefined });
  expect(names({ limit: 4 })).toMatchObject({ found: 4, next: undefined });
});

test("items are found by a part of their name, or because something of them is unknown", () => {
  expect(names({ limit: 10, contains: "ORDERS" })).toMatchObject({ names: ["Orders", "orders-eu", "orders-us"] });
  expect(names({ limit: 10, isUnknownOnly: true })).toMatchObject({ names: ["orders-eu"], found: 1 });
  expect(names({ limit: 10, contains: "nowhere" })).toEqual({ names: [], found: 0, next: undefined });
});

test("what is shown is JSON, settings by their names", () => {
  const [first] = inventoryPage(taken, "topics", { limit: 1 }).items;
  expect(first?.item).toMatchObject({ configs: { "cleanup.policy": { value: "delete", origin: "default" } } });
});
