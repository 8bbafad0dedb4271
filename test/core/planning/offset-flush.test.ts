import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { OFFSET_FLUSH_SECONDS } from "#core/planning/windows/duplicates.ts";

test("a plan predicts what a dead worker repeats by the period that workers are started with", async () => {
  const script = await readFile(new URL("../../../workers/start-connect.sh", import.meta.url), "utf8");
  const [, milliseconds] = /^offset\.flush\.interval\.ms=(\d+)$/m.exec(script) ?? [];
  expect(Number(milliseconds)).toBe(OFFSET_FLUSH_SECONDS * 1000);
});
