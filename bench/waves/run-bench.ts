import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { teller } from "#local/demo/tell.ts";
import { type ControlPlane, startControlPlane } from "#local/home/start-control-plane.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import type { Bench } from "./bench.ts";
import { type BenchEstate, startBenchEstate } from "./bench-estate.ts";
import { FLOOR_WAVE, PEOPLE } from "./declaration.ts";

/** What is told of a measurement. Trouble is one sentence each, and fails it. */
export type Measured = { readonly text: string; readonly json: unknown; readonly troubles: readonly string[] };

/** A script that measures something on one wave after the other; it sets the exit code. */
export const runBench = async (o: {
  readonly name: string;
  /** What is repeated, in the plural. */
  readonly repeated: string;
  readonly timesUnlessGiven: number;
  readonly measure: (bench: Bench) => Promise<Measured>;
}): Promise<void> => {
  const { values } = parseArgs({
    options: {
      times: { type: "string", default: String(o.timesUnlessGiven) },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const times = Number(values.times);
  if (values.help) process.stdout.write(usage(o.name, o.repeated, o.timesUnlessGiven));
  else if (!Number.isInteger(times) || times < 1) {
    process.stderr.write(`--times ${values.times}: expected a whole number of at least 1\n`);
    process.exitCode = 2;
  } else process.exitCode = await measured(o.name, times, values.json, o.measure);
};

const usage = (name: string, repeated: string, times: number): string => `npm run bench:${name} -- [--times N] [--json]
  --times N  ${repeated}; ${times} unless given
  --json     the last line of the output is the result as one JSON object
`;

/** The exit code. */
const measured = async (
  name: string,
  times: number,
  isJson: boolean,
  measure: (bench: Bench) => Promise<Measured>,
): Promise<number> => {
  // kafkajs sets timers that lie in the past, and Node warns of each.
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "TimeoutNegativeWarning") process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
  const stopAsked = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stopAsked.abort());
  const tell = teller();
  const directory = join(repositoryRoot, ".sluice", "bench", name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const waves = Array.from({ length: times }, (_, index) => `wave-${String(index + 1).padStart(2, "0")}`);
  let estate: BenchEstate | undefined;
  let control: ControlPlane | undefined;
  try {
    estate = await startBenchEstate(directory, [FLOOR_WAVE, ...waves]);
    control = await startControlPlane({
      stateDirectory: join(directory, "control-plane"),
      people: PEOPLE,
      tickSeconds: 1,
      ssmEndpoint: estate.estate.awsUrl,
      secretsEndpoint: estate.estate.awsUrl,
      cloudwatchEndpoint: estate.estate.awsUrl,
      onProblem: tell,
    });
    tell(`two clusters and the control plane run; ${times} waves; logs: ${directory}`);
    const { text, json, troubles } = await measure({ estate, control, waves, tell, signal: stopAsked.signal });
    process.stdout.write(text);
    if (isJson) process.stdout.write(`${JSON.stringify(json)}\n`);
    return troubles.length === 0 ? 0 : 1;
  } catch (error) {
    tell(stopAsked.signal.aborted ? "stopping" : `FAILED: ${error instanceof Error ? error.message : String(error)}`);
    return stopAsked.signal.aborted ? 130 : 1;
  } finally {
    await control?.stop();
    await estate?.stop();
  }
};
