/**
 * `npm run record-calls [-- --from FILE]`: runs waves on real parts and keeps which AWS actions each function called, for the test
 * that compares them with what the functions' roles allow. `--from` takes what runs of the same scenarios wrote one at a time, each
 * with SLUICE_RECORD_CALLS=FILE, where a machine has no quarter of an hour in one piece.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { repositoryRoot } from "../setup/cached-folder.ts";

/** Between them: snapshots, start to seal, hold, thaw, roll-back, retry, abort, the hands of a deadline, alarms. */
const SCENARIOS = ["roll-back", "deadline-hands", "forced-roll-back", "race-commands", "open-source"];
const lineSchema = z.object({ function: z.string(), actions: z.array(z.string()) });

const scenarioFiles = SCENARIOS.map((name) => `test/waves/${name}.real.test.ts`);
// A name that no file has would be passed over.
for (const file of scenarioFiles)
  if (!existsSync(join(repositoryRoot, file))) throw new Error(`${file} is not there; correct SCENARIOS`);
const { values } = parseArgs({ options: { from: { type: "string" } } });
const folder = await mkdtemp(join(tmpdir(), "sluice-calls-"));
try {
  const file = values.from === undefined ? join(folder, "calls.jsonl") : resolve(values.from);
  if (values.from === undefined) await runScenarios(file);
  await writeFile(
    join(repositoryRoot, "test/stacks/recorded-calls.json"),
    `${JSON.stringify({ madeBy: "npm run record-calls", scenarios: SCENARIOS, calls: await recordedIn(file) }, null, 2)}\n`,
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function runScenarios(callsFile: string): Promise<void> {
  const code = await new Promise<number>((ended, reject) => {
    const child = spawn(
      join(repositoryRoot, "node_modules/.bin/vitest"),
      ["run", "--project", "*waves", "--maxWorkers=1", ...scenarioFiles],
      {
        cwd: repositoryRoot,
        env: { ...process.env, SLUICE_RECORD_CALLS: callsFile },
        stdio: "inherit",
      },
    );
    child.once("error", reject);
    child.once("exit", (exitCode) => ended(exitCode ?? 1));
  });
  if (code !== 0) throw new Error("the waves failed; nothing is recorded");
}

/** Actions by function, both in the order of letters. */
async function recordedIn(callsFile: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const calls = new Map<string, Set<string>>();
  for (const line of (await readFile(callsFile, "utf8")).split("\n").filter((text) => text !== "")) {
    const { function: name, actions } = lineSchema.parse(JSON.parse(line));
    const known = calls.get(name) ?? new Set();
    for (const action of actions) known.add(action);
    calls.set(name, known);
  }
  return Object.fromEntries(
    [...calls].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, actions]) => [name, [...actions].sort()]),
  );
}
