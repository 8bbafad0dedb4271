import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ensureTokens } from "#local/home/tokens.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "sluice-tokens-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

test("tokens are kept over a restart; who is no longer named loses theirs; the file is its owner's alone", async () => {
  const path = join(directory, "tokens.json");
  const first = await ensureTokens(path, ["olga", "carl"]);
  const second = await ensureTokens(path, ["olga", "sara"]);
  expect(second["olga"]).toBe(first["olga"]);
  expect(new Set([first["olga"], first["carl"], second["sara"]]).size).toBe(3);
  const byToken = JSON.parse(await readFile(path, "utf8")) as Record<string, string>;
  expect(byToken).toEqual({ [second["olga"] ?? ""]: "olga", [second["sara"] ?? ""]: "sara" });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});
