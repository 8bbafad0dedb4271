/** `npm run bench:tick -- [--times N] [--json]`: what a tick costs, and how that grows with partitions and waves. */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { teller } from "#local/demo/tell.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { type Cost, costOf } from "./tick/measure-ticks.ts";
import { costTable, figuresOf, growthOf, namesTable, type Series } from "./tick/report.ts";
import { startTickLab } from "./tick/tick-lab.ts";
import type { PaperPhase } from "./tick/wave-on-paper.ts";

const { values } = parseArgs({
  options: { times: { type: "string", default: "5" }, json: { type: "boolean", default: false } },
});
const times = Number(values.times);
if (!Number.isInteger(times) || times < 1) {
  process.stderr.write(`--times ${values.times}: expected a whole number of at least 1\n`);
  process.exit(2);
}
/** Where one more costs the same each time, twice as many cost twice as much at the most; the rest is chance. */
const MOST_GROWTH = 1.1;
const PHASES: readonly PaperPhase[] = ["replicating", "consumers-moved", "producers-moved"];
const PARTITIONS = [25, 50, 100, 200];
const WAVES = [1, 10, 50];
const PARTITIONS_OF_MANY = 25;
const manyName = (waves: number): string => `waves-${waves}`;

// kafkajs sets timers that lie in the past, and Node warns of each.
process.removeAllListeners("warning");
const tell = teller();
const lab = await startTickLab({
  directory: join(repositoryRoot, ".sluice", "bench", "tick"),
  heapMegabytes: 512,
  migrations: [
    ...PHASES.map((phase) => ({
      name: phase,
      waves: PARTITIONS.map((partitions) => ({ wave: `p${partitions}`, phase, partitions })),
    })),
    ...WAVES.map((count) => ({
      name: manyName(count),
      waves: Array.from({ length: count }, (_, index) => ({
        wave: `w${index + 1}`,
        phase: "replicating" as const,
        partitions: PARTITIONS_OF_MANY,
      })),
    })),
  ],
});
try {
  tell("brokers, table and waves are there");
  const byPartitions: Series[] = [];
  for (const isBusy of [false, true])
    for (const phase of PHASES) {
      const costs: Cost[] = [];
      for (const [index, ref] of lab.refs(phase).entries())
        costs.push(await costOf(lab, [ref], { times, isBusy, partitions: PARTITIONS[index] ?? 0 }));
      byPartitions.push({ name: `${phase}${isBusy ? ", busy" : ", quiet"}`, costs });
      tell(`${phase}${isBusy ? ", busy" : ", quiet"} is measured`);
    }
  const byWaves: Series = { name: "replicating, busy", costs: [] };
  const costs: Cost[] = [];
  for (const count of WAVES) {
    costs.push(await costOf(lab, lab.refs(manyName(count)), { times, isBusy: true, partitions: PARTITIONS_OF_MANY }));
    tell(`${count} waves at once are measured`);
  }
  const growth = {
    ...Object.fromEntries(
      byPartitions.map(({ name, costs: of }) => [`partitions: ${name}`, growthOf(of, ({ partitions }) => partitions)]),
    ),
    [`waves: ${byWaves.name}`]: growthOf(costs, ({ waves }) => waves),
  };
  const largest = byPartitions.flatMap(({ name, costs: of }) => {
    const cost = of.at(-1);
    return cost === undefined ? [] : [{ name, cost }];
  });
  process.stdout.write(
    `\nOne tick of one wave, medians of ${times}. Busy: one record came to each partition since the tick before.\n\n` +
      `${costTable(byPartitions, ({ partitions }) => `${partitions} partitions`)}\n\n` +
      `The same of 200 partitions, by what is asked.\n\n${namesTable(largest)}\n\n` +
      `Waves of ${PARTITIONS_OF_MANY} partitions, all ticked at once by one process.\n\n` +
      `${costTable([{ ...byWaves, costs }], ({ waves }) => `${waves} waves`)}\n\n` +
      `How many times as much the largest costs as the one before it, divided by how many times as large it is (1: a straight line; below: one with a fixed part).\n\n`,
  );
  const troubles: string[] = [];
  for (const [name, of] of Object.entries(growth)) {
    process.stdout.write(
      `${name}: ${Object.entries(of)
        .map(([what, value]) => `${what} ${value.toFixed(2)}`)
        .join(", ")}\n`,
    );
    // What is counted is the same on each machine; milliseconds are told and not judged.
    for (const what of ["requests", "writtenBytes"] as const)
      if (of[what] > MOST_GROWTH) troubles.push(`${name}: ${what} grow by ${of[what]}, more than ${MOST_GROWTH}`);
  }
  for (const trouble of troubles) process.stdout.write(`${trouble}\n`);
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({
        name: "tick",
        figures: {
          byPartitions: Object.fromEntries(
            byPartitions.map(({ name, costs: of }) => [
              name,
              Object.fromEntries(of.map((cost) => [cost.partitions, figuresOf(cost)])),
            ]),
          ),
          byWaves: Object.fromEntries(costs.map((cost) => [cost.waves, figuresOf(cost)])),
        },
        ratios: growth,
      })}\n`,
    );
  process.exitCode = troubles.length === 0 ? 0 : 1;
} finally {
  await lab.stop();
}
