import { existsSync, readdirSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type ControlPlane, startControlPlane } from "../home/start-control-plane.ts";
import { repositoryRoot } from "../setup/cached-folder.ts";
import { processesWith } from "./checker/left-behind.ts";
import { type DemoEstate, startDemoEstate } from "./demo-estate.ts";
import { MIGRATION, PEOPLE } from "./estate-declaration.ts";
import { asJson, asText, type DemoResult, troubles } from "./report.ts";
import { type DemoRun, runDemo } from "./run-demo.ts";
import { teller } from "./tell.ts";

const usage = `npm run demo -- [--json] [--keep]
  --json   the last line of the output is the result as one JSON object
  --keep   leave everything running after the report, until Ctrl-C`;

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

// kafkajs sets timers that lie in the past, and Node warns of each.
process.removeAllListeners("warning");
process.on("warning", (warning) => {
  if (warning.name !== "TimeoutNegativeWarning") process.stderr.write(`${warning.name}: ${warning.message}\n`);
});

const stopAsked = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopAsked.abort());

if (values.help) process.stdout.write(`${usage}\n`);
else process.exitCode = await demo();
// Whatever timer or socket a client library leaves behind must not keep the terminal waiting.
setTimeout(() => process.exit(), 5000).unref();

/** The exit code. */
async function demo(): Promise<number> {
  const tell = teller();
  const runs = join(repositoryRoot, ".sluice", "demo");
  await clearEarlierRuns(runs);
  const directory = join(runs, `${new Date().toISOString().replaceAll(/[:.]/g, "-")}-${process.pid}`);
  await mkdir(directory, { recursive: true });
  tell(`logs and journals: ${directory}`);
  const { signal } = stopAsked;
  let estate: DemoEstate | undefined;
  let control: ControlPlane | undefined;
  let run: DemoRun | undefined;
  let failure: unknown;
  try {
    estate = await startDemoEstate(directory);
    signal.throwIfAborted();
    tell(`estate: source ${estate.bootstrapServers.source}, target ${estate.bootstrapServers.target}`);
    const starting = startControlPlane({
      stateDirectory: join(directory, "control-plane"),
      people: PEOPLE,
      tickSeconds: 1,
      ssmEndpoint: estate.estate.awsUrl,
      secretsEndpoint: estate.estate.awsUrl,
      cloudwatchEndpoint: estate.estate.awsUrl,
      onProblem: tell,
    });
    // Both are waited for: what one of them started must be known when the other fails.
    const [controlStarted, applications] = await Promise.allSettled([starting, estate.startApplications()]);
    if (controlStarted.status === "fulfilled") control = controlStarted.value;
    else throw controlStarted.reason;
    if (applications.status === "rejected") throw applications.reason;
    tell(`control plane: ${control.url}; applications write and read on the source`);
    signal.throwIfAborted();
    run = await runDemo({ demo: estate, control, tell, signal });
    if (values.keep) {
      process.stdout.write(asText(resultOf(run, [])));
      process.stdout.write(sampleCalls(estate, control, run));
      if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    }
  } catch (error) {
    failure = error;
    tell(signal.aborted ? "stopping" : `FAILED: ${error instanceof Error ? error.message : String(error)}`);
  }
  const left = [
    ...(await stopAll(estate, control)),
    ...processesWith([directory]).map((seen) => `process ${seen.pid} still runs: ${seen.command}`),
  ];
  for (const sentence of left) tell(sentence);
  if (failure !== undefined || run === undefined) {
    if (values.json) process.stdout.write(`${JSON.stringify({ verdict: "fail", waves: [], leftBehind: left })}\n`);
    return signal.aborted ? 130 : 1;
  }
  const result = resultOf(run, left);
  if (!values.keep) process.stdout.write(asText(result));
  if (values.json) process.stdout.write(`${JSON.stringify(asJson(result))}\n`);
  return troubles(result).length === 0 ? 0 : 1;
}

function resultOf(run: DemoRun, leftAfterStop: readonly string[]): DemoResult {
  return { ...run, leftAfterStop };
}

/** Applications before the clusters they talk to, and the control plane before the estate it works on. Returns what failed. */
async function stopAll(estate: DemoEstate | undefined, control: ControlPlane | undefined): Promise<string[]> {
  const failures: string[] = [];
  for (const stop of [() => estate?.stopApplications(), () => control?.stop(), () => estate?.stop()])
    try {
      await stop();
    } catch (error) {
      failures.push(`while stopping: ${error instanceof Error ? error.message : String(error)}`);
    }
  return failures;
}

/** Clusters' data of earlier runs; not of one that still runs. */
async function clearEarlierRuns(runs: string): Promise<void> {
  if (!existsSync(runs)) return;
  for (const name of readdirSync(runs))
    if (!isRunning(name) && processesWith([join(runs, name)]).length === 0)
      await rm(join(runs, name), { recursive: true, force: true });
}

/** A run that has only just begun has no process yet but its own, whose number ends the directory's name. */
function isRunning(name: string): boolean {
  return existsSync(join("/proc", /\d+$/.exec(name)?.[0] ?? "none"));
}

function sampleCalls(estate: DemoEstate, control: ControlPlane, run: DemoRun): string {
  const call = (person: string, path: string): string =>
    `  curl -s -H 'Authorization: Bearer ${control.tokens[person]}' ${control.url}${path}`;
  const migration = `/migrations/${MIGRATION}`;
  const waves = run.waves.map(({ wave }) => `${migration}/waves/${wave.name}`);
  return [
    `HTTP API   ${control.url}`,
    `source     ${estate.bootstrapServers.source}`,
    `target     ${estate.bootstrapServers.target}`,
    `parameters ${estate.estate.awsUrl} (SSM, Secrets Manager, CloudWatch)`,
    "sample calls:",
    call("olga", `${migration}/plan?format=markdown`),
    ...waves.flatMap((wave) => ["", "/gates", "/journal"].map((what) => call("olga", `${wave}${what}`))),
    "Ctrl-C stops everything.",
    "",
  ].join("\n");
}
