import { expect, test } from "vitest";
import { assemble } from "#core/inventory/assemble.ts";
import { fromStoredText, toStoredText } from "#core/inventory/stored-form.ts";
import { unknown } from "#core/inventory/unknown.ts";
import { group, listing, offset, snapshot, topic } from "./snapshots.ts";

const configs = () => new Map([["retention.ms", { value: "604800000", origin: "default" as const }]]);

test("what is stored is read back as it was: offsets, settings, unknowns", () => {
  const closed = unknown("OffsetFetch", "no right", "grant it");
  const { listings } = snapshot({
    topics: [topic("orders"), topic("closed", { partitions: closed, configs: closed })],
    groups: [group("g", { offsets: [{ topic: "orders", partition: 0, offset: offset(2 ** 53), metadata: "m" }] })],
    producers: [
      { producerId: 7n, partitions: [{ topic: "orders", partition: 0, lastAt: 1, openTransactionFrom: offset(3) }] },
    ],
  });
  const text = toStoredText([listings]);
  const pages = fromStoredText(text);
  expect(assemble(pages ?? [], 0)).toEqual(listings);
});

test("settings that thousands of topics share are stored once", () => {
  const topics = (count: number) =>
    toStoredText([
      { topics: listing(Array.from({ length: count }, (_, n) => topic(`t${n}`, { configs: configs() }))) },
    ]);
  expect(topics(1000).match(/604800000/g)).toHaveLength(1);
  const [page] = fromStoredText(topics(2)) ?? [];
  expect(page?.topics?.items.map((t) => t.configs)).toEqual([configs(), configs()]);
});

test("a format of another version is not guessed at", () => {
  expect(fromStoredText(toStoredText([]).replace('"format":1', '"format":2'))).toBeUndefined();
});
