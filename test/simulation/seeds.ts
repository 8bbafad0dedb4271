import { simulate } from "./simulate.ts";

const [from = 1, count = 1, traced] = process.argv.slice(2).map(Number);
const started = process.cpuUsage();
let bad = 0;
let calls = 0;
for (let seed = from; seed < from + count; seed++) {
  const c = process.cpuUsage();
  const r = await simulate(seed, { isTraced: traced === 1 });
  calls += r.calls;
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
