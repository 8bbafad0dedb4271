/**
 * `npm run bench:tick -- [--times N] [--part cost|period] [--json]`: what a tick costs, and how that grows with partitions and waves;
 * and whether fifty waves keep their period beside a broker that does not answer. Each part in a process of its own.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";
import { z } from "zod";
import { teller } from "#local/demo/tell.ts";
import { repositoryRoot } from "#local/setup/cached-folder.ts";
import { measureCost } from "./tick/cost-part.ts";
import { measurePeriod } from "./tick/period-part.ts";

const PARTS = ["cost", "period"] as const;
const { values } = parseArgs({
  options: {
    times: { type: "string", default: "5" },
    part: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const times = Number(values.times);
const part = PARTS.find((name) => name === values.part);
const wrong = [
  ...(Number.isInteger(times) && times >= 1 ? [] : [`--times ${values.times}: expected a whole number of at least 1`]),
  ...(values.part === undefined || part !== undefined ? [] : [`--part ${values.part}: expected ${PARTS.join(" or ")}`]),
];
if (wrong.length > 0) {
  process.stderr.write(`${wrong.join("\n")}\n`);
  process.exit(2);
}
// kafkajs sets timers that lie in the past, and Node warns of each.
process.removeAllListeners("warning");

const partSchema = z.object({ figures: z.record(z.string(), z.unknown()), ratios: z.record(z.string(), z.unknown()) });
const all = { name: "tick", figures: {}, ratios: {} };
if (part !== undefined) {
  const directory = join(repositoryRoot, ".sluice", "bench", `tick-${part}`);
  const measured = await (part === "cost"
    ? measureCost(directory, times, teller())
    : measurePeriod(directory, teller()));
  process.stdout.write(measured.text);
  Object.assign(all, measured.json);
  process.exitCode = measured.troubles.length === 0 ? 0 : 1;
} else
  for (const one of PARTS) {
    const args = [import.meta.filename, "--part", one, "--times", String(times), "--json"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
    const lines = output.trimEnd().split("\n");
    process.stdout.write(`${lines.slice(0, code === 0 || code === 1 ? -1 : undefined).join("\n")}\n`);
    if (code !== 0) process.exitCode = 1;
    const last = partSchema.safeParse(code === 0 || code === 1 ? JSON.parse(lines.at(-1) ?? "") : undefined);
    Object.assign(all.figures, last.data?.figures);
    Object.assign(all.ratios, last.data?.ratios);
  }
if (values.json) process.stdout.write(`${JSON.stringify(all)}\n`);
