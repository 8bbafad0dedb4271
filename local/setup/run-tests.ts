import { spawn } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { sstPlatform } from "../synth/platform.ts";
import { repositoryRoot } from "./cached-folder.ts";

/**
 * `npm test`: every check and every test, none hidden behind an earlier failure; `--fast` leaves out what needs servers.
 * Other arguments are passed to vitest. Ends with a summary and exit code 1 when anything failed.
 */
const passedOn = process.argv.slice(2).filter((argument) => argument !== "--fast");
const isFast = process.argv.includes("--fast");
const node = process.execPath;
const bin = (name: string): string => join(repositoryRoot, "node_modules", ".bin", name);
const vitestResult = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  numTodoTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({ status: z.string(), fullName: z.string(), failureMessages: z.array(z.string()).nullish() }),
      ),
    }),
  ),
});
const results = join(repositoryRoot, ".sluice", "test");

type Check = {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly json?: string;
};
type Outcome = {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly note: string;
  readonly passed: number;
  readonly failed: number;
  /** What failed, a line each: whoever sees only the end of the output knows where to look. */
  readonly failures: readonly string[];
};

const running = new Set<ReturnType<typeof spawn>>();
let interrupted = false;
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
  process.on(signal, () => {
    interrupted = true;
    for (const child of running) child.kill(signal);
  });

const typeChecks = (await readdir(repositoryRoot))
  .filter((file) => /^tsconfig(\.[a-z]+)?\.json$/.test(file))
  .map((file): Check => ({ name: `types (${file})`, command: node, args: ["node_modules/tsc7/bin/tsc", "-p", file] }));
const vitest = (project: string): Check => {
  const json = join(results, `${project}.json`);
  return {
    name: `${project} tests`,
    command: bin("vitest"),
    args: [
      "run",
      "--project",
      project,
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${json}`,
      ...passedOn,
    ],
    json,
  };
};
const checks: Check[] = [
  ...typeChecks,
  { name: "lint", command: bin("oxlint"), args: ["--type-aware", "--quiet", "--max-warnings=0"] },
  { name: "format", command: bin("biome"), args: ["check", "--error-on-warnings"] },
  { name: "layers", command: node, args: ["local/setup/check-layers.ts"] },
  { name: "dead code", command: bin("knip"), args: [] },
  vitest("unit"),
  vitest("lines"),
  ...(isFast ? [] : [vitest("stacks"), vitest("real"), vitest("waves"), vitest("waiting waves")]),
];

// The types of stacks/ are SST's and Pulumi's.
await sstPlatform();
await rm(results, { recursive: true, force: true });
await mkdir(results, { recursive: true });
const outcomes: Outcome[] = [];
for (const check of checks) {
  if (interrupted) break;
  process.stdout.write(`\n── ${check.name}\n`);
  const begun = performance.now();
  const code = await exitCode(check);
  const seconds = (performance.now() - begun) / 1000;
  outcomes.push({ name: check.name, seconds, ...(await judge(check, code)) });
}

process.stdout.write("\n");
for (const { name, ok, seconds, note } of outcomes)
  process.stdout.write(`${ok ? "ok  " : "FAIL"} ${name.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s  ${note}\n`);
for (const failure of outcomes.flatMap(({ failures }) => failures)) process.stdout.write(`FAIL ${failure}\n`);
if (interrupted) process.stdout.write("interrupted: what follows was not run\n");
const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
process.stdout.write(`${sum((o) => o.passed)} passed, ${sum((o) => o.failed)} failed\n`);
process.exitCode = !interrupted && outcomes.every((outcome) => outcome.ok) ? 0 : 1;

function exitCode(check: Check): Promise<number> {
  return new Promise((resolve) => {
    const child = spawn(check.command, [...check.args], {
      cwd: repositoryRoot,
      stdio: ["ignore", "inherit", "inherit"],
    });
    running.add(child);
    child.once("error", (error) => {
      process.stdout.write(`${check.command} could not be started: ${error.message}\n`);
      running.delete(child);
      resolve(1);
    });
    child.once("exit", (code) => {
      running.delete(child);
      resolve(code ?? 1);
    });
  });
}

async function judge(check: Check, code: number): Promise<Omit<Outcome, "name" | "seconds">> {
  if (check.json === undefined)
    return { ok: code === 0, note: "", passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, failures: [] };
  const text = await readFile(check.json, "utf8").catch(() => undefined);
  if (text === undefined) return { ok: false, note: "vitest left no result", passed: 0, failed: 1, failures: [] };
  const result = vitestResult.parse(JSON.parse(text));
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = result;
  const skipped = numPendingTests + numTodoTests;
  // A run in which nothing ran, or something was left out, proves nothing about it. Filters leave things out on purpose.
  const isComplete = passedOn.length > 0 || (skipped === 0 && numPassedTests > 0);
  return {
    ok: code === 0 && isComplete,
    note: `${numPassedTests} passed, ${numFailedTests} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`,
    passed: numPassedTests,
    // A file that cannot be loaded fails without a failed test.
    failed: numFailedTests > 0 || (code === 0 && isComplete) ? numFailedTests : 1,
    failures: failuresOf(result),
  };
}

function failuresOf({ testResults }: z.output<typeof vitestResult>): string[] {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(repositoryRoot, name);
    const failed = assertionResults.filter(({ status }) => status === "failed");
    if (failed.length === 0) return message === undefined || message === "" ? [] : [`${file}: ${firstLine(message)}`];
    return failed.map((one) => `${file}: ${one.fullName}: ${firstLine(one.failureMessages?.[0] ?? "")}`);
  });
}

function firstLine(text: string): string {
  return stripVTControlCharacters(text.split("\n", 1)[0] ?? "").slice(0, 400);
}
