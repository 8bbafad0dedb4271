import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("docs/reliability.md", root), "utf8");
const all = (pattern: RegExp): readonly string[] => [
  ...new Set([...text.matchAll(pattern)].flatMap(([, one]) => one ?? [])),
];

it("the page on reliability names tests and benches that are there", () => {
  const tests = all(/`(test\/[\w./-]+)`/g);
  expect(tests.length).toBeGreaterThan(8);
  expect(tests.filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
  const beside = all(/`([a-z-]+\.(?:real\.test\.)?ts)`/g);
  expect(beside.length).toBeGreaterThan(3);
  expect(beside.filter((file) => !existsSync(new URL(`test/waves/${file}`, root)))).toEqual([]);
  const benches = all(/npm run bench:([a-z-]+)/g);
  expect(benches.length).toBeGreaterThan(4);
  expect(benches.filter((name) => !existsSync(new URL(`bench/${name}.ts`, root)))).toEqual([]);
});

it("promises something in each row, and says what shows it", () => {
  const [, promised = ""] = text.split("## What is promised");
  const rows = (promised.split("\n## ")[0] ?? "").split("\n").filter((line) => line.startsWith("| "));
  expect(rows.length).toBeGreaterThan(12);
  for (const row of rows) expect(row.split(" | "), row).toHaveLength(3);
});
