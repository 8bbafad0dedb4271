import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { teller } from "#local/demo/tell.ts";
import { type ControlPlane, startControlPlane } from "#local/home/start-control-plane.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { type BenchEstate, startBenchEstate } from "./freeze/bench-estate.ts";
import { FLOOR_WAVE, LEAST_RECORDS_PER_SECOND, PEOPLE } from "./freeze/declaration.ts";
import { figuresOf, LIMITS } from "./freeze/figures.ts";
import { repeatFreeze } from "./freeze/repeat-freeze.ts";
import { asJson, asText, type Records } from "./freeze/report.ts";

const usage = `npm run bench:freeze -- [--times N] [--json]
  --times N  freezes; 20 unless given
  --json     the last line of the output is the result as one JSON object`;

const { values } = parseArgs({
  options: {
    times: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
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

const times = Number(values.times);
if (values.help) process.stdout.write(`${usage}\n`);
else if (!Number.isInteger(times) || times < 1) {
  process.stderr.write(`--times ${values.times}: expected a whole number of at least 1\n`);
  process.exitCode = 2;
} else process.exitCode = await bench();

/** The exit code. */
async function bench(): Promise<number> {
  const tell = teller();
  const directory = join(repositoryRoot, ".sluice", "bench", "freeze");
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const waves = Array.from({ length: times }, (_, index) => `wave-${String(index + 1).padStart(2, "0")}`);
  let estate: BenchEstate | undefined;
  let control: ControlPlane | undefined;
  try {
    estate = await startBenchEstate(directory, [FLOOR_WAVE, ...waves]);
    control = await startControlPlane({
      stateDirectory: join(directory, "control-plane"),
      people: PEOPLE.map((person) => person.id),
      tickSeconds: 1,
      ssmEndpoint: estate.estate.awsUrl,
      secretsEndpoint: estate.estate.awsUrl,
      cloudwatchEndpoint: estate.estate.awsUrl,
      onProblem: tell,
    });
    tell(`two clusters and the control plane run; ${times} waves; logs: ${directory}`);
    const { repetitions, records } = await repeatFreeze({ estate, control, waves, tell, signal: stopAsked.signal });
    const figures = figuresOf(repetitions);
    const all = totalOf(records);
    const troubles = [
      ...all.findings,
      ...(repetitions.length < times ? [`${repetitions.length} of ${times} freezes were measured`] : []),
      ...(figures.recordsPerSecond.least < LEAST_RECORDS_PER_SECOND
        ? [
            `only ${figures.recordsPerSecond.least.toFixed(0)} records/s were acknowledged, less than the load that was promised`,
          ]
        : []),
      ...(figures.controlPlane.p95 > LIMITS.controlPlane ? ["the control plane's share is beyond its limit"] : []),
      ...(figures.producersView.p95 > LIMITS.producersView ? ["the producers' view is beyond its limit"] : []),
    ];
    process.stdout.write(asText(figures, all, troubles));
    if (values.json) process.stdout.write(`${JSON.stringify(asJson(figures, all))}\n`);
    return troubles.length === 0 ? 0 : 1;
  } catch (error) {
    tell(stopAsked.signal.aborted ? "stopping" : `FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return stopAsked.signal.aborted ? 130 : 1;
  } finally {
    await control?.stop();
    await estate?.stop();
  }
}

function totalOf(records: readonly Records[]): Records {
  const sum = (of: (one: Records) => number): number => records.reduce((total, one) => total + of(one), 0);
  return {
    acknowledged: sum((one) => one.acknowledged),
    lost: sum((one) => one.lost),
    repeated: sum((one) => one.repeated),
    findings: records.flatMap((one) => one.findings),
  };
}
