import { expect, test } from "vitest";
import { isUnknown, isWhole, orElse, unknown } from "#core/inventory/unknown.ts";
import { listing } from "./snapshots.ts";

const closed = unknown("DescribeConfigs", "no right", "grant it");

test("unknown is told apart from every value, empty ones too", () => {
  expect(isUnknown(closed)).toBe(true);
  for (const value of [undefined, null, 0, "", [], {}, new Map()]) expect(isUnknown(value)).toBe(false);
  expect(closed).toEqual({ unknown: { source: "DescribeConfigs", why: "no right", cure: "grant it" } });
  expect(unknown("Metadata", "gone").unknown).not.toHaveProperty("cure");
});

test("what stands for the unknown stands for nothing else", () => {
  expect(orElse(closed, 7)).toBe(7);
  expect(orElse(0, 7)).toBe(0);
});

test("a listing with a gap says nothing of what it does not list", () => {
  expect(isWhole(listing([]))).toBe(true);
  expect(isWhole(listing([1], { gaps: [closed] }))).toBe(false);
});
