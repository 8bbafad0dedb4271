import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const entry = fileURLToPath(new URL("../../../local/setup/enter.mjs", import.meta.url));

/** Machines are imitated by what their commands print: name → shell script. */
type Machine = Record<string, string>;
const whole: Machine = {
  java: `case "$1" in -version) echo 'openjdk version "17.0.15" 2025-04-15' >&2;; *) echo jdk.compiler@17;; esac`,
  mvn: "echo Apache Maven 3.8.7",
  python3: `case "$2" in *version_info*) echo 3.11;; esac`,
};

async function enter(machine: Machine, ...args: string[]): Promise<{ code: number | null; said: string[] }> {
  const path = await mkdtemp(join(tmpdir(), "sluice-path-"));
  try {
    for (const [name, script] of Object.entries(machine)) {
      await writeFile(join(path, name), `#!/bin/sh\n${script}\n`);
      await chmod(join(path, name), 0o755);
    }
    return await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [entry, ...args], {
        env: { PATH: path },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let said = "";
      child.stdout.on("data", (chunk) => (said += chunk));
      child.stderr.on("data", (chunk) => (said += chunk));
      child.once("error", reject);
      child.once("close", (code) => resolve({ code, said: said.trimEnd().split("\n") }));
    });
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

const { mvn: _, ...withoutMaven } = whole;

test.each<[string, Machine, RegExp]>([
  ["no Maven", withoutMaven, /^Maven was not found: install it \(.*apt-get install maven\)/],
  [
    "an old Java",
    { ...whole, java: `echo 'java version "1.8.0_402"' >&2` },
    /^Java 8 is too old: install a JDK, version 17/,
  ],
  [
    "a JRE",
    { ...whole, java: `case "$1" in -version) echo 'openjdk version "21" 2023' >&2;; *) echo java.base@21;; esac` },
    /^Java is here without its compiler: install a JDK/,
  ],
  ["an old Python", { ...whole, python3: "echo 3.9" }, /^Python 3\.9 is too old: install Python 3\.10/],
  [
    "Python without venv",
    { ...whole, python3: `case "$2" in *version_info*) echo 3.12;; *) exit 1;; esac` },
    /^Python is here without venv: .*apt-get install python3-venv/,
  ],
])("%s: one sentence with its cure, exit code 1, and nothing is started", async (_case, machine, sentence) => {
  const { code, said } = await enter(machine, "test");
  expect(said).toEqual([expect.stringMatching(sentence)]);
  expect(code).toBe(1);
});

test("all that is missing is told at once", async () => {
  const { code, said } = await enter({}, "test");
  expect(said.map((line) => line.split(" ")[0])).toEqual(["Java", "Maven", "Python"]);
  expect(code).toBe(1);
});

test("a command that does not exist is refused by name", async () => {
  const { code, said } = await enter(whole, "demo-all");
  expect(said).toEqual([
    'There is no command "demo-all"; expected one of demo, start, test, synth, teardown, record-calls, check or bench:NAME.',
  ]);
  expect(code).toBe(1);
});
