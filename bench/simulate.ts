/**
 * `npm run bench:simulate -- [--seeds N] [--from N] [--processes N] [--json]`: whole migrations simulated under faults, each by
 * its seed; `-- --seed N` replays one with all that happened in it. Ends with 1 where one broke an invariant.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { table } from "./waves/table.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "10000" },
    from: { type: "string", default: "1" },
    seed: { type: "string" },
    processes: { type: "string", default: String(availableParallelism()) },
    json: { type: "boolean", default: false },
  },
});
const wholeNumber = (name: string, text: string): number => {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1) return number;
  process.stderr.write(`--${name} ${text}: expected a whole number of at least 1\n`);
  process.exit(2);
};

/** A few at a time, so that no process is left with all that take long. */
const SEEDS_AT_ONCE = 50;
const worker = join(repositoryRoot, "test", "simulation", "worker.ts");
const counts = z.record(z.string(), z.number());
const totalsSchema = z.object({
  seeds: z.number(),
  waves: z.number(),
  failed: z.array(z.object({ seed: z.number(), violation: z.string(), effects: z.number() })),
  ended: counts,
  moves: counts,
  struck: counts,
  crashedAt: counts,
  calls: z.number(),
  effects: z.number(),
  virtualSeconds: z.number(),
});
type Totals = z.output<typeof totalsSchema>;

/** Simulations are tests: they run as processes of their own. */
const run = (args: readonly string[]): Promise<{ readonly output: string; readonly code: number }> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [worker, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
    child.once("error", reject);
    child.once("exit", (code) => resolve({ output, code: code ?? 1 }));
  });

if (values.seed !== undefined) {
  const { output, code } = await run(["--trace", String(wholeNumber("seed", values.seed))]);
  process.stdout.write(output);
  process.exit(code);
}

const seeds = wholeNumber("seeds", values.seeds);
const from = wholeNumber("from", values.from);
const begun = performance.now();
let next = from;
const all: Totals[] = [];
const work = async (): Promise<void> => {
  while (next < from + seeds) {
    const first = next;
    const count = Math.min(SEEDS_AT_ONCE, from + seeds - first);
    next += count;
    const { output, code } = await run([String(first), String(count)]);
    if (code !== 0) throw new Error(`seeds ${first} to ${first + count - 1} ended with exit code ${code}`);
    const totals = totalsSchema.parse(JSON.parse(output));
    for (const { seed, violation } of totals.failed) process.stdout.write(`seed ${seed}: ${violation}\n`);
    all.push(totals);
  }
};
await Promise.all(Array.from({ length: wholeNumber("processes", values.processes) }, work));
const seconds = (performance.now() - begun) / 1000;

const sum = (of: (totals: Totals) => number): number => all.reduce((total, one) => total + of(one), 0);
const merged = (of: "ended" | "moves" | "struck" | "crashedAt"): readonly (readonly [string, number])[] => {
  const found = new Map<string, number>();
  for (const one of all)
    for (const [key, times] of Object.entries(one[of])) found.set(key, (found.get(key) ?? 0) + times);
  return [...found].sort(([, a], [, b]) => b - a);
};
const failed = all.flatMap((one) => one.failed).sort((a, b) => a.effects - b.effects);
const perSecond = seeds / seconds;
const figures = {
  seeds,
  failed: failed.length,
  seconds: Math.round(seconds * 10) / 10,
  seedsPerSecond: Math.round(perSecond * 10) / 10,
  waves: sum((one) => one.waves),
  calls: sum((one) => one.calls),
  effects: sum((one) => one.effects),
  virtualHours: Math.round(sum((one) => one.virtualSeconds) / 360) / 10,
  moves: merged("moves").length,
  crashPoints: merged("crashedAt").length,
  crashes: merged("crashedAt").reduce((total, [, times]) => total + times, 0),
  ended: Object.fromEntries(merged("ended")),
  struck: Object.fromEntries(merged("struck")),
};
const rows = (counted: readonly (readonly [string, number])[]): string =>
  table(counted.map(([name, times]) => [`  ${name}`, String(times)]));
process.stdout.write(`
${seeds} migrations with ${figures.waves} waves simulated in ${figures.seconds} s (${figures.seedsPerSecond} a second): ${figures.virtualHours} h of virtual
time, ${figures.calls} calls of ports, ${figures.effects} of them effects, after each of which every invariant was looked at.

waves ended as
${rows(merged("ended"))}
faults that struck
${rows(merged("struck"))}
${figures.crashes} processes were killed at ${figures.crashPoints} named crash points.
${figures.moves} moves of the lifecycle table were made, the rarest of them
${rows(merged("moves").slice(-5))}

`);
const [smallest] = failed;
if (smallest !== undefined) {
  process.stdout.write(`The smallest of ${failed.length} failures is seed ${smallest.seed}:\n`);
  process.stdout.write((await run(["--trace", String(smallest.seed)])).output);
}
if (values.json)
  process.stdout.write(
    `${JSON.stringify({ name: "simulate", figures, ratios: { failedOfSeeds: failed.length / seeds } })}\n`,
  );
process.exitCode = failed.length === 0 ? 0 : 1;
