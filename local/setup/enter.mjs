// The one entry of every command. It runs before anything is installed and on any Node from 20: Node's own modules only.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [command, ...args] = process.argv.slice(2);

const named = {
  demo: { file: "local/demo/main.ts", runsServers: true },
  start: { file: "local/home/main.ts", runsServers: true },
  test: { file: "local/setup/run-tests.ts", runsServers: true },
  synth: { file: "local/synth/main.ts", runsServers: false },
  teardown: { file: "stacks/run-time/main.ts", runsServers: false },
  "record-calls": { file: "local/synth/record-calls.ts", runsServers: true },
  check: { file: "local/setup/run-tests.ts", args: ["--fast"], runsServers: false },
};

/** Benches of code alone. */
const SERVERLESS = ["simulate", "plan"];

const chosen = chooseCommand();
const missing = missingPrerequisites(chosen.runsServers);
if (missing.length > 0) fail(missing);
installPackages();
const node = newEnoughNode();
process.env.PATH = [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter);
// What a Node process spends on compiling is spent once: the tests and the demo start hundreds of them.
process.env.NODE_COMPILE_CACHE ??= join(root, ".sluice", "cache", "compiled");
if (chosen.runsServers) await runThrough([join(root, "local/setup/prepare.ts")]);
await runThrough([join(root, chosen.file), ...(chosen.args ?? []), ...args]);

function chooseCommand() {
  const bench = /^bench:([a-z0-9-]+)$/.exec(command ?? "");
  const found = bench
    ? { file: `bench/${bench[1]}.ts`, runsServers: !SERVERLESS.includes(bench[1]) }
    : Object.hasOwn(named, command) && named[command];
  if (!found || !existsSync(join(root, found.file)))
    fail([
      `There is no command ${JSON.stringify(command ?? "")}; expected one of ${Object.keys(named).join(", ")} or bench:NAME.`,
    ]);
  return found;
}

function fail(sentences) {
  for (const sentence of sentences) process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** One sentence with its cure for each thing that this machine lacks, all of them, before anything is started. */
function missingPrerequisites(runsServers) {
  const found = [];
  const [major] = process.versions.node.split(".").map(Number);
  if (major < 20) found.push(`Node ${process.versions.node} is too old; install Node 20 or newer.`);
  if (process.platform !== "linux")
    found.push(`This runs on Linux only, and the system is ${process.platform}; use a Linux machine or container.`);
  if (!runsServers) return found;
  const java = run("java", ["-version"]);
  const version = java && /version "(?:1\.)?(\d+)/.exec(java.output)?.[1];
  if (!version)
    found.push(
      "Java was not found: install a JDK, version 17 or newer (Debian and Ubuntu: apt-get install openjdk-17-jdk-headless).",
    );
  else if (Number(version) < 17)
    found.push(`Java ${version} is too old: install a JDK, version 17 or newer, and put it first on PATH.`);
  else if (!run("java", ["--list-modules"])?.output.includes("jdk.compiler"))
    found.push(
      "Java is here without its compiler: install a JDK, not only a JRE (Debian and Ubuntu: apt-get install openjdk-17-jdk-headless).",
    );
  if (!run("mvn", ["--version"]))
    found.push(
      "Maven was not found: install it (Debian and Ubuntu: apt-get install maven); it fetches Kafka and DynamoDB Local.",
    );
  const python = run("python3", ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"]);
  const [pythonMajor, pythonMinor] = (python?.output.trim() ?? "").split(".").map(Number);
  if (!python)
    found.push(
      "Python was not found: install Python 3.10 or newer with venv (Debian and Ubuntu: apt-get install python3 python3-venv).",
    );
  else if (pythonMajor < 3 || pythonMinor < 10)
    found.push(
      `Python ${python.output.trim()} is too old: install Python 3.10 or newer and put it first on PATH as python3.`,
    );
  else if (!run("python3", ["-c", "import venv, ensurepip"]))
    found.push("Python is here without venv: install it (Debian and Ubuntu: apt-get install python3-venv).");
  return found;
}

/** What a command printed, or undefined when it is not there or fails. */
function run(program, programArgs) {
  const done = spawnSync(program, programArgs, { encoding: "utf8", timeout: 60_000 });
  return done.status === 0 ? { output: `${done.stdout}${done.stderr}` } : undefined;
}

function installPackages() {
  if (isInstalled()) return;
  process.stderr.write("npm packages: installing from the lock file…\n");
  const begun = Date.now();
  const npm = process.env.npm_execpath;
  // A set NODE_ENV or npm configuration must not leave out what the tests and the right Node come with.
  const npmArgs = ["ci", "--include=dev", "--include=optional", "--no-progress", "--loglevel=error"];
  const done = npm?.endsWith(".js")
    ? spawnSync(process.execPath, [npm, ...npmArgs], { cwd: root, stdio: ["ignore", 2, 2] })
    : spawnSync("npm", npmArgs, { cwd: root, stdio: ["ignore", 2, 2] });
  if (done.status !== 0)
    fail([
      `npm ci failed${done.error ? `: ${done.error.message}` : ""}; what it printed above says why. Check the network and the npm registry's setting, then run again.`,
    ]);
  process.stderr.write(`npm packages: installed in ${Math.round((Date.now() - begun) / 1000)} s\n`);
}

/** Whether node_modules holds what the lock file names: npm keeps a lock of what it installed, written last. */
function isInstalled() {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    if (!(path in installed)) return entry.optional === true || entry.peer === true;
    return installed[path].version === entry.version && installed[path].integrity === entry.integrity;
  });
}

function newEnoughNode() {
  const candidates = [join(root, "node_modules", ".bin", "node"), process.execPath, "node"];
  const right = candidates.find(
    (candidate) => Number(/^v(\d+)/.exec(run(candidate, ["--version"])?.output ?? "")?.[1]) >= 24,
  );
  return (
    right ??
    fail([
      `Node 24 or newer is needed and none was found: this is ${process.versions.node}, and npm has none for ${process.platform}-${process.arch}; install Node 24 and put it first on PATH.`,
    ])
  );
}

/** Runs to the end on the right Node; anything but success ends this process with the same code. */
async function runThrough(nodeArgs) {
  // In a group of its own: the terminal's Ctrl-C then reaches it once, from here, and not also from npm.
  const child = spawn(node, nodeArgs, { cwd: process.cwd(), stdio: "inherit", detached: true });
  let lastSent = 0;
  const pass = (signal) => {
    if (Date.now() - lastSent < 500) return;
    lastSent = Date.now();
    child.kill(signal);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, pass);
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (...ending) => resolve(ending));
  });
  for (const signalName of ["SIGINT", "SIGTERM", "SIGHUP"]) process.off(signalName, pass);
  if (signal !== null) process.exit(128 + constants.signals[signal]);
  if (code !== 0) process.exit(code);
}
