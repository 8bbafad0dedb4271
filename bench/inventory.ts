/**
 * `npm run bench:inventory -- [--sizes 2500,5000,10000,20000] [--times N] [--json]`: whole scans of a real broker, growing, each in a
 * process of its own. Beside them, where there are 10,000 partitions: the same scan by kafkajs, `kafka-consumer-groups.sh
 * --describe --all-groups`, and what is stored. There is a broker for each 10,000 partitions of the largest size.
 */
import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { PARTITIONS_PER_BROKER, startBenchCluster } from "./inventory/bench-cluster.ts";
import { describeAllGroups } from "./inventory/peer-tool.ts";
import { measureStored } from "./inventory/stored.ts";
import { spread } from "./waves/spread.ts";
import { table } from "./waves/table.ts";

const { values } = parseArgs({
  options: {
    sizes: { type: "string", default: "2500,5000,10000,20000" },
    times: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const sizes = values.sizes.split(",").map(Number);
const times = Number(values.times);
if (![...sizes, times].every((n) => Number.isInteger(n) && n >= 1) || sizes.some((n, i) => n <= (sizes[i - 1] ?? 0))) {
  process.stderr.write(
    `--sizes ${values.sizes} --times ${values.times}: expected whole numbers of at least 1, the sizes growing\n`,
  );
  process.exit(2);
}

const LIMITS = {
  milliseconds: 1500,
  megabytes: 300,
  timesTheTool: 4,
  timesKafkajs: 20,
  storedBytes: 1_500_000,
  writes: 10,
};
const JUDGED_AT = 10_000;

const scannedSchema = z.object({
  milliseconds: z.number(),
  megabytes: z.number(),
  topics: z.number(),
  partitions: z.number(),
  unknownEnds: z.number(),
  groups: z.number(),
  commits: z.number(),
});
type Scanned = z.output<typeof scannedSchema>;

const scanOnce = (how: "own" | "kafkajs", server: string): Promise<Scanned> =>
  new Promise((resolve, reject) => {
    const file = join(repositoryRoot, "bench", "inventory", "scan-once.ts");
    const child = spawn(process.execPath, [file, how, server], { stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      output += chunk.toString("utf8");
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(scannedSchema.parse(JSON.parse(output)));
      else reject(new Error(`the scan by ${how} ended with ${code}`));
    });
  });

const directory = join(repositoryRoot, ".sluice", "bench", "inventory");
await rm(directory, { recursive: true, force: true });
await mkdir(directory, { recursive: true });
const brokers = Math.ceil((sizes.at(-1) ?? 0) / PARTITIONS_PER_BROKER);
const cluster = await startBenchCluster(directory, brokers);
const figures: Record<string, number> = {};
const ratios: Record<string, number> = {};
const troubles: string[] = [];
const rows: string[][] = [["", "ms, median", "worst", "MB", "partitions", "groups", "µs by partition"]];
const row = (name: string, all: readonly Scanned[]): number => {
  const of = spread(all.map(({ milliseconds }) => milliseconds));
  const [first] = all;
  const megabytes = Math.max(...all.map((s) => s.megabytes));
  rows.push([
    name,
    of.median.toFixed(0),
    of.max.toFixed(0),
    megabytes.toFixed(0),
    String(first?.partitions ?? 0),
    String(first?.groups ?? 0),
    ((of.median * 1000) / (first?.partitions ?? 1)).toFixed(0),
  ]);
  return of.median;
};
const atMost = (name: string, value: number, limit: number): void => {
  figures[name] = Math.round(value);
  if (value > limit) troubles.push(`${name}: ${Math.round(value)}, expected at most ${limit}`);
};
const atLeast = (name: string, value: number, limit: number): void => {
  ratios[name] = Number(value.toFixed(1));
  if (value < limit) troubles.push(`${name}: ${value.toFixed(1)}, expected at least ${limit}`);
};
try {
  for (const size of sizes) {
    await cluster.growTo(size);
    // Brokers take a while to lead what was just made; this also warms them.
    for (let n = 0; (await scanOnce("own", cluster.server)).unknownEnds > 0; n++)
      if (n === 30) throw new Error(`ends of some of ${size} partitions stayed unknown`);
    const scans: Scanned[] = [];
    for (let n = 0; n < times; n++) scans.push(await scanOnce("own", cluster.server));
    if (scans.some(({ unknownEnds }) => unknownEnds > 0)) throw new Error("a scan that was measured missed ends");
    const median = row(`Sluice, ${size}`, scans);
    figures[`scanMilliseconds${size}`] = Math.round(median);
    if (size !== JUDGED_AT) continue;
    atMost("scanMilliseconds", median, LIMITS.milliseconds);
    atMost("scanMegabytes", Math.max(...scans.map((s) => s.megabytes)), LIMITS.megabytes);
    const kafkajs = await scanOnce("kafkajs", cluster.server);
    atLeast("timesFasterThanKafkajs", row("the same by kafkajs", [kafkajs]) / median, LIMITS.timesKafkajs);
    const tool = await describeAllGroups(cluster.server, directory);
    rows.push(["kafka-consumer-groups.sh, groups and lag only", tool.milliseconds.toFixed(0)]);
    atLeast("timesFasterThanTheTool", tool.milliseconds / median, LIMITS.timesTheTool);
    const stored = await measureStored(cluster.server, directory);
    atMost("storedBytes", stored.bytes, LIMITS.storedBytes);
    atMost("writes", stored.writes, LIMITS.writes);
    rows.push([`stored: ${stored.bytes} bytes compressed, ${stored.writes} writes`, stored.milliseconds.toFixed(0)]);
  }
} finally {
  await cluster.stop();
}
process.stdout.write(
  `${table(rows)}\n${brokers} ${brokers === 1 ? "broker" : "brokers"}, ${times} scans of each size\n`,
);
for (const trouble of troubles) process.stdout.write(`MISSED ${trouble}\n`);
if (values.json) process.stdout.write(`${JSON.stringify({ name: "inventory", figures, ratios })}\n`);
process.exitCode = troubles.length === 0 ? 0 : 1;
