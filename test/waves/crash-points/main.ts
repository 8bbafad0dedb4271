import { parseArgs } from "node:util";
import { z } from "zod";
import { teller } from "#local/demo/tell.ts";
import { keepPlaces, knownPlaces } from "./places.ts";
import { anySeed, sampled } from "./sample.ts";
import { DIES_FREEZING } from "./stories.ts";
import { type Told, tableOf, toldWithCrashes } from "./tell.ts";

/** Of one estate: what it takes to start and tell the stories is shared by so many. */
const CRASHES_PER_LAB = 24;

const USAGE = `npm run bench:crash-points -- [--points N] [--from N] [--seed S] [--json] [--record]
  --points N  kill the handler host at N of the known places, instead of once at each point
  --from N    begins at the Nth of them, where a run of the same seed was cut off
  --seed S    which ones, and in which order; one that is printed unless given
  --json      the last line of the output is the result as one JSON object
  --record    kill it at none but one that makes a freeze thaw, and write down which points are reached
`;

const number = (least: number) =>
  z.coerce
    .number()
    .int()
    .min(least)
    .max(2 ** 31);
const optionsSchema = z.object({
  points: number(1).optional(),
  from: number(1).optional(),
  seed: number(0).optional(),
  json: z.boolean(),
  record: z.boolean(),
  help: z.boolean(),
});

/** Sets the exit code. */
export const main = async (args: readonly string[]): Promise<void> => {
  // kafkajs sets timers that lie in the past, and Node warns of each.
  process.removeAllListeners("warning");
  const { values } = parseArgs({
    args: [...args],
    options: {
      points: { type: "string" },
      from: { type: "string" },
      seed: { type: "string" },
      json: { type: "boolean", default: false },
      record: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    process.stderr.write(`${z.prettifyError(options.error)}\n${USAGE}`);
    process.exitCode = 2;
  } else if (options.data.help) process.stdout.write(USAGE);
  else if (options.data.record) process.exitCode = await record();
  else process.exitCode = await crashEverywhere(options.data);
};

const record = async (): Promise<number> => {
  const told = await toldWithCrashes([DIES_FREEZING], { keepsReached: true, say: teller() });
  process.stdout.write(tableOf(told));
  for (const finding of told.findings) process.stdout.write(`${finding}\n`);
  if (told.findings.length > 0) return 1;
  keepPlaces(told.reached);
  process.stdout.write(`${told.reached.length} places were reached and written down\n`);
  return 0;
};

const crashEverywhere = async (o: {
  readonly points?: number | undefined;
  readonly from?: number | undefined;
  readonly seed?: number | undefined;
  readonly json: boolean;
}): Promise<number> => {
  const seed = o.seed ?? anySeed();
  const known = knownPlaces();
  const shuffled = sampled(known, known.length, seed);
  // Where nothing else is asked for, each point in one of the phases and functions that come by it.
  const onceEach = [...new Map(shuffled.map((place) => [place.point, place])).values()];
  const chosen = (o.points === undefined ? onceEach : shuffled.slice(0, o.points)).slice((o.from ?? 1) - 1);
  const tell = teller();
  tell(`seed ${seed}: ${chosen.length} of ${known.length} known places, of ${onceEach.length} points`);
  const told: Told[] = [];
  for (let from = 0; from < chosen.length; from += CRASHES_PER_LAB) {
    const one = await toldWithCrashes(chosen.slice(from, from + CRASHES_PER_LAB), { say: () => undefined });
    told.push(one);
    process.stdout.write(
      `${tableOf(one)}of ${one.records} records ${one.lost} lost, ${one.repeated} repeated; ${one.findings.length} findings\n`,
    );
  }
  return summary(told, seed, o.json);
};

const summary = (told: readonly Told[], seed: number, isJson: boolean): number => {
  const sum = (of: (one: Told) => number): number => told.reduce((total, one) => total + of(one), 0);
  const findings = told.flatMap((one) => one.findings);
  const figures = {
    crashes: sum((one) => one.crashes.length),
    notReached: sum((one) => one.notReached.length),
    records: sum((one) => one.records),
    lost: sum((one) => one.lost),
    repeated: sum((one) => one.repeated),
    findings: findings.length,
    longestUntilNextEntrySeconds: Math.max(0, ...told.flatMap((one) => one.crashes.map(({ seconds }) => seconds))),
  };
  process.stdout.write(
    `\nseed ${seed}: ${figures.crashes} crashes, ${figures.notReached} points not reached; of ${figures.records} records ${figures.lost} lost, ${figures.repeated} repeated; every wave sealed; ${findings.length} findings\n`,
  );
  for (const finding of findings) process.stdout.write(`${finding}\n`);
  if (isJson) process.stdout.write(`${JSON.stringify({ name: "crash-points", seed, figures, ratios: {} })}\n`);
  return findings.length === 0 && figures.crashes > 0 ? 0 : 1;
};
