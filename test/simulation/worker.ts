/** `worker.ts FROM COUNT`: so many seeds, their totals as JSON. `worker.ts --trace SEED`: one seed, and what happened in it. */
import { runSeeds } from "./many-seeds.ts";
import { simulate } from "./simulate.ts";

const [first = "", second = ""] = process.argv.slice(2);
if (first === "--trace") {
  const { trace, violation, ended, virtualSeconds } = await simulate(Number(second), { isTraced: true });
  process.stdout.write(`${trace.join("\n")}\n`);
  process.stdout.write(
    `seed ${second}: ${virtualSeconds.toFixed(1)} s of virtual time, waves ended ${ended.join(", ")}; ${violation ?? "every invariant held"}\n`,
  );
  process.exitCode = violation === undefined ? 0 : 1;
} else process.stdout.write(`${JSON.stringify(await runSeeds(Number(first), Number(second)))}\n`);
