import { expect, it } from "vitest";
import { packJson } from "#adapters/dynamodb/packed-json.ts";
import { parsedFiles } from "#adapters/dynamodb/parsed-files.ts";
import { migration, waveFile } from "../../in-memory/migration.ts";

const key = { pk: "MIGRATION#shop", sk: "MIGRATION" };
const long = { waves: Array.from({ length: 90 }, (_, n) => waveFile(`wave-${n}`)) };

it.each([
  ["plain text", migration(), migration({ waves: [waveFile("orders")] })],
  ["compressed", migration(long), migration({ ...long, waves: long.waves.slice(1) })],
])("a file in %s is parsed once for each content, and never taken for another", (what, first, second) => {
  const files = parsedFiles();
  const [a, again, b] = [packJson("a", first), packJson("a", first), packJson("b", second)];
  expect("packedContent" in a).toBe(what === "compressed");
  const parsed = files.parsed(key, a);
  expect(parsed).toEqual(first);
  expect(files.parsed(key, again)).toBe(parsed);
  expect(files.parsed(key, b)).toEqual(second);
  expect(files.parsed(key, a)).toEqual(first);
});

it("content that somebody broke by hand is refused, whatever was read before", () => {
  const files = parsedFiles();
  files.parsed(key, packJson("a", migration()));
  expect(() => files.parsed(key, { content: "}{" })).toThrow("no JSON");
  expect(() => files.parsed(key, {})).toThrow("neither content nor packedContent");
});
