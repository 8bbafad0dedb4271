import { simulate } from "./simulate.ts";

const [from = 1, count = 1, traced] = process.argv.slice(2).map(Number);
const started = process.cpuUsage();
let bad = 0;
let calls = 0;
const crashed = new Map<string, number>();
const moves = new Map<string, number>();
for (let seed = from; seed < from + count; seed++) {
  const c = process.cpuUsage();
  const r = await simulate(seed, { isTraced: traced === 1 });
  calls += r.calls;
  for (const p of r.crashedAt) crashed.set(p, (crashed.get(p) ?? 0) + 1);
  for (const [m, n] of r.moves) moves.set(m, (moves.get(m) ?? 0) + n);
  if (traced === 1) console.log(r.trace.join("\n"));
  if (r.violation) {
    bad++;
    console.log(seed, "VIOLATION", r.violation);
  }
  const u = process.cpuUsage(c);
  if (traced === 2)
    console.log(
      seed,
      r.ended.join(","),
      "effects",
      r.effects,
      "virtual",
      Math.round(r.virtualSeconds),
      Math.round((u.user + u.system) / 1000),
      "cpu ms",
      r.calls,
      r.events,
    );
}
const u = process.cpuUsage(started);
console.log(
  "bad",
  bad,
  "of",
  count,
  ((u.user + u.system) / 1000 / count).toFixed(0),
  "cpu ms each",
  calls / count,
  "calls",
);

import { nameOf, TARGETS } from "./crash-targets.ts";
import { MOVES } from "./lifecycle-moves.ts";

console.log(
  "not crashed at",
  TARGETS.map(nameOf)
    .filter((n) => !crashed.has(n))
    .join(" "),
  "of",
  TARGETS.length,
);
console.log("moves", [...MOVES].map((m) => `${m}: ${moves.get(m) ?? 0}`).join(", "));
