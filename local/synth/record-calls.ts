/**
 * `npm run record-calls`: runs waves on real parts and keeps which AWS actions each function called, for the test that
 * compares them with what the functions' roles allow.
 */
import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { repositoryRoot } from "../setup/cached-folder.ts";

/** Between them: start to seal, roll-back, retry, abort, the hands of a deadline, alarms. */
const SCENARIOS = ["roll-back", "deadline-hands", "alarm-rolls-back", "forced-roll-back"];
const lineSchema = z.object({ function: z.string(), actions: z.array(z.string()) });

const folder = await mkdtemp(join(tmpdir(), "sluice-calls-"));
const file = join(folder, "calls.jsonl");
try {
  const files = SCENARIOS.map((name) => `test/waves/${name}.real.test.ts`);
  const code = await new Promise<number>((resolve, reject) => {
    const child = spawn(
      join(repositoryRoot, "node_modules/.bin/vitest"),
      ["run", "--project", "*waves", "--maxWorkers=1", ...files],
      {
        cwd: repositoryRoot,
        env: { ...process.env, SLUICE_RECORD_CALLS: file },
        stdio: "inherit",
      },
    );
    child.once("error", reject);
    child.once("exit", (ended) => resolve(ended ?? 1));
  });
  if (code !== 0) throw new Error("the waves failed; nothing is recorded");
  const calls = new Map<string, Set<string>>();
  for (const line of (await readFile(file, "utf8")).split("\n").filter((text) => text !== "")) {
    const { function: name, actions } = lineSchema.parse(JSON.parse(line));
    const known = calls.get(name) ?? new Set();
    for (const action of actions) known.add(action);
    calls.set(name, known);
  }
  const recorded = Object.fromEntries(
    [...calls].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, actions]) => [name, [...actions].sort()]),
  );
  await writeFile(
    join(repositoryRoot, "test/stacks/recorded-calls.json"),
    `${JSON.stringify({ madeBy: "npm run record-calls", scenarios: SCENARIOS, calls: recorded }, null, 2)}\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}
