import { expect, test } from "vitest";
import { contentId } from "#local/demo/checker/content-id.ts";
import { flatIds, packedIds } from "#local/demo/checker/journal-lines.ts";

const record = {
  key: Buffer.from("k"),
  value: Buffer.from("v"),
  timestamp: "1700000000000",
  headers: { a: Buffer.from([0x00, 0xff, 0xfe, 0x01, 0x80]), b: "text" },
};

test.each([
  ["key", { ...record, key: Buffer.from("kv"), value: Buffer.from("") }],
  ["no key", { ...record, key: null }],
  ["tombstone", { ...record, value: null }],
  ["empty value", { ...record, value: Buffer.alloc(0) }],
  ["timestamp", { ...record, timestamp: "1700000000001" }],
  ["header as text", { ...record, headers: { a: "AP/+AYA=", b: "text" } }],
  ["headers' order", { ...record, headers: { b: "text", a: record.headers.a } }],
  ["header twice", { ...record, headers: { ...record.headers, b: ["text", "text"] } }],
])("another %s is another record", (_, other) => {
  expect(contentId(other)).not.toBe(contentId(record));
});

test("a record read back has the id it was sent with, text headers being bytes by then", () => {
  expect(contentId({ ...record, headers: { a: record.headers.a, b: Buffer.from("text") } })).toBe(contentId(record));
});

test("ids are packed and unpacked without loss", () => {
  const ids = ["a", "a", "a", "b", "a"];
  expect(packedIds(ids)).toEqual([["a", 3], "b", "a"]);
  expect(flatIds(packedIds(ids))).toEqual(ids);
});
