import type { Tell } from "#local/demo/tell.ts";
import { type Cost, costOf } from "./measure-ticks.ts";
import { costTable, figuresOf, growthOf, namesTable, type Series } from "./report.ts";
import { startTickLab } from "./tick-lab.ts";
import type { PaperPhase } from "./wave-on-paper.ts";

/** Where one more costs the same each time, twice as many cost twice as much at the most; the rest is chance. */
const MOST_GROWTH = 1.1;
const PHASES: readonly PaperPhase[] = ["replicating", "consumers-moved", "producers-moved"];
const PARTITIONS = [25, 50, 100, 200];
const WAVES = [1, 10, 50];
const PARTITIONS_OF_MANY = 25;
const manyName = (waves: number): string => `waves-${waves}`;

/** What a tick costs by phase, by partitions and by waves at once. */
export const measureCost = async (directory: string, times: number, tell: Tell) => {
  const lab = await startTickLab({
    directory,
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
        byPartitions.map(({ name, costs: of }) => [
          `partitions: ${name}`,
          growthOf(of, ({ partitions }) => partitions),
        ]),
      ),
      [`waves: ${byWaves.name}`]: growthOf(costs, ({ waves }) => waves),
    };
    const largest = byPartitions.flatMap(({ name, costs: of }) => {
      const cost = of.at(-1);
      return cost === undefined ? [] : [{ name, cost }];
    });
    const troubles: string[] = [];
    const lines: string[] = [];
    for (const [name, of] of Object.entries(growth)) {
      const values = Object.entries(of).map(([what, value]) => `${what} ${value.toFixed(2)}`);
      lines.push(`${name}: ${values.join(", ")}`);
      // What is counted is the same on each machine; milliseconds are told and not judged.
      for (const what of ["requests", "writtenBytes"] as const)
        if (of[what] > MOST_GROWTH) troubles.push(`${name}: ${what} grow by ${of[what]}, more than ${MOST_GROWTH}`);
    }
    const text =
      `\nOne tick of one wave, medians of ${times}. Busy: one record came to each partition since the tick before.\n\n` +
      `${costTable(byPartitions, ({ partitions }) => `${partitions} partitions`)}\n\n` +
      `The same of 200 partitions, by what is asked.\n\n${namesTable(largest)}\n\n` +
      `Waves of ${PARTITIONS_OF_MANY} partitions, all ticked at once by one process.\n\n` +
      `${costTable([{ ...byWaves, costs }], ({ waves }) => `${waves} waves`)}\n\n` +
      `How many times as much the largest costs as the one before it, divided by how many times as large it is (1: a straight line; below: one with a fixed part).\n\n` +
      [...lines, ...troubles].map((line) => `${line}\n`).join("");
    const json = {
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
    };
    return { text, json, troubles };
  } finally {
    await lab.stop();
  }
};
