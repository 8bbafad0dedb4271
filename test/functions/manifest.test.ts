import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { eventKey, itemKey, migrationKey, waveKey } from "#adapters/dynamodb/keys.ts";
import { FUNCTIONS } from "#functions/manifest.ts";
import { matches } from "#local/edge/stream/matches.ts";

const functions = new URL("../../functions/", import.meta.url);
const files = ["http", "steps", "timer", "stream", "alarms", "inventory", "commands"].flatMap((folder) =>
  readdirSync(new URL(folder, functions)).map((file) => `${folder}/${file}`),
);
const handlerOf = async (file: string): Promise<unknown> => {
  const loaded: unknown = await import(new URL(file, functions).href);
  return typeof loaded === "object" && loaded !== null && "handler" in loaded ? loaded.handler : undefined;
};

describe("the manifest of functions", () => {
  it("names files that export a handler, and every file that does", async () => {
    const withHandler: string[] = [];
    for (const file of files) {
      const handler = await handlerOf(file);
      if (handler === undefined) continue;
      expect(handler, file).toBeTypeOf("function");
      withHandler.push(file);
    }
    expect(withHandler.sort()).toEqual(FUNCTIONS.map((entry) => entry.file).sort());
  }, 60_000);

  it("gives each function one name and each route one function", () => {
    const routes = FUNCTIONS.flatMap(({ invokedBy }) => (invokedBy.kind === "http" ? [invokedBy.route] : []));
    for (const names of [FUNCTIONS.map((entry) => entry.name), routes]) expect(new Set(names).size).toBe(names.length);
  });

  it("names a function after its folder and file, as the home that starts it expects", () => {
    for (const { name, file } of FUNCTIONS) expect(`${name}.ts`).toBe(file.replace("/", "-"));
  });

  it("has journal entries, and nothing else of the table, invoke who announces them", () => {
    const [entry, ...others] = FUNCTIONS.filter(({ invokedBy }) => invokedBy.kind === "table-stream");
    if (entry?.invokedBy.kind !== "table-stream") throw new Error("no function follows the stream");
    expect(others).toEqual([]);
    const { filter } = entry.invokedBy.records;
    const ref = { migration: "shop", wave: "payments" };
    const isWanted = (eventName: string, { sk }: { readonly sk: string }): boolean =>
      matches({ eventName, dynamodb: { Keys: { pk: { S: "p" }, sk: { S: sk } } } }, filter);
    expect(isWanted("INSERT", eventKey(ref, 7))).toBe(true);
    expect(isWanted("MODIFY", eventKey(ref, 7))).toBe(false);
    for (const key of [
      waveKey(ref),
      migrationKey("shop"),
      itemKey(ref, "EVIDENCE", "go#x"),
      itemKey(ref, "WINDOW", "y"),
    ])
      expect(isWanted("INSERT", key), key.sk).toBe(false);
    expect(matches({ eventName: "INSERT" }, filter)).toBe(false);
  });
});
