import type { Tell } from "#local/demo/tell.ts";
import { roundedRatio, roundedSpread, spread } from "../waves/spread.ts";
import { table, whole } from "../waves/table.ts";
import { type Kept, keepPeriod, replicationOf } from "./keep-period.ts";
import { type PaperMigration, startTickLab, type TickLab } from "./tick-lab.ts";

const PARTITIONS = 200;
const HEALTHY = 45;
const SILENT = 5;
const PERIOD_SECONDS = 15;
const ROUNDS = 3;
/** The deployed timer's. */
const PERIOD_ON_AWS_SECONDS = 60;

const waves = (name: string, count: number, isOnOther: boolean): PaperMigration => ({
  name,
  isOnOther,
  waves: Array.from({ length: count }, (_, n) => ({
    wave: `w${n + 1}`,
    phase: "replicating" as const,
    partitions: PARTITIONS,
  })),
});

/** Fifty waves of two hundred partitions, ticked at once by one process, with the brokers of five of them silent in the second half. */
export const measurePeriod = async (directory: string, tell: Tell) => {
  const lab = await startTickLab({
    directory,
    heapMegabytes: 1024,
    migrations: [waves("healthy", HEALTHY, false), waves("silent", SILENT, true)],
  });
  try {
    const [healthy, silent] = [lab.refs("healthy"), lab.refs("silent")];
    const all = [...silent, ...healthy];
    tell(`${all.length} waves of ${PARTITIONS} partitions are there`);
    for (const ref of all) await lab.tick(ref);
    const half = async (
      name: string,
    ): Promise<{ readonly kept: readonly Kept[]; readonly ended: Promise<unknown> }> => {
      const result = await keepPeriod(lab, all, {
        periodMilliseconds: PERIOD_SECONDS * 1000,
        rounds: ROUNDS,
        between: () => lab.write(healthy),
      });
      tell(`${ROUNDS} rounds with the other broker ${name}`);
      return result;
    };
    const answering = await half("answering");
    await answering.ended;
    lab.silenceOther();
    const without = await half("silent");
    const unknown = await unknownOf(lab, silent);
    lab.wakeOther();
    await without.ended;
    return told({ answering: healthyOf(answering.kept), silent: healthyOf(without.kept) }, unknown);
  } finally {
    await lab.stop();
  }
};

const healthyOf = (kept: readonly Kept[]) => kept.filter(({ ref }) => ref.migration === "healthy");

const unknownOf = async (lab: TickLab, refs: ReturnType<TickLab["refs"]>): Promise<readonly string[]> => {
  const reasons: string[] = [];
  for (const ref of refs) {
    const checks = await replicationOf(lab, ref);
    if (checks.length === 2 && checks.every(({ verdict }) => verdict === "unknown"))
      reasons.push(checks[1]?.reason ?? "");
  }
  return reasons;
};

const told = (of: Readonly<Record<"answering" | "silent", readonly Kept[]>>, unknown: readonly string[]) => {
  const gaps = { answering: gapsOf(of.answering), silent: gapsOf(of.silent) };
  const ticks = { answering: ticksOf(of.answering), silent: ticksOf(of.silent) };
  const missed = [...of.answering, ...of.silent].filter((one) => one.ticked < ROUNDS || one.busy > 0);
  const troubles = [
    ...(missed.length > 0 ? [`${missed.length} healthy waves missed a period of ${PERIOD_SECONDS} s`] : []),
    ...(unknown.length < SILENT ? [`${unknown.length} of ${SILENT} waves of the silent broker are unknown`] : []),
  ];
  const text =
    `\n${HEALTHY} healthy waves and ${SILENT} whose source is silent, ${PARTITIONS} partitions each, all ticked at once each ${PERIOD_SECONDS} s ` +
    `by one process, ${ROUNDS} rounds; milliseconds of the healthy ones.\n\n` +
    `${table([
      ["", "median", "p95", "max"],
      ...(["answering", "silent"] as const).flatMap((name) => [
        [
          `a wave's longest tick, other broker ${name}`,
          ...[ticks[name].median, ticks[name].p95, ticks[name].max].map(whole),
        ],
        [
          `longest between two, other broker ${name}`,
          ...[gaps[name].median, gaps[name].p95, gaps[name].max].map(whole),
        ],
      ]),
    ])}\n\n${unknown.length} of ${SILENT} waves of the silent broker are unknown, such as: ${unknown[0] ?? "none"}\n` +
    troubles.map((trouble) => `${trouble}\n`).join("");
  const json = {
    figures: {
      longestTickMilliseconds: { answering: roundedSpread(ticks.answering), silent: roundedSpread(ticks.silent) },
      longestGapMilliseconds: { answering: roundedSpread(gaps.answering), silent: roundedSpread(gaps.silent) },
      unknownWaves: unknown.length,
    },
    ratios: {
      longestTickSilentToAnswering: roundedRatio(ticks.silent.max / ticks.answering.max),
      longestTickToPeriodOnAws: roundedRatio(ticks.silent.max / (PERIOD_ON_AWS_SECONDS * 1000)),
    },
  };
  return { text, json, troubles };
};

const gapsOf = (kept: readonly Kept[]) => spread(kept.map(({ longestGap }) => longestGap));
const ticksOf = (kept: readonly Kept[]) => spread(kept.map(({ longestTick }) => longestTick));
