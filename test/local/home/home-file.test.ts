import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { choosePorts } from "#local/home/choose-ports.ts";
import { readHomeFile } from "#local/home/home-file.ts";

test("a home that was started before there was a guard keeps its ports, and gets one for the guard", async () => {
  const directory = await mkdtemp(join(tmpdir(), "sluice-home-file-"));
  const path = join(directory, "home.json");
  const ports = await choosePorts(undefined, undefined);
  const { guard: _guard, ...earlier } = ports;
  await writeFile(path, JSON.stringify({ supervisor: { pid: 1, startTicks: "1" }, ports: earlier, services: {} }));
  const read = await readHomeFile(path);
  const chosen = await choosePorts(read, undefined);
  expect(chosen).toEqual({ ...earlier, guard: expect.any(Number) });
  expect(new Set(Object.values(chosen)).size).toBe(Object.keys(chosen).length);
  await rm(directory, { recursive: true, force: true });
});
