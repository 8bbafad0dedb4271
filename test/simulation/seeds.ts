import { simulate } from "./simulate.ts";

const [from, count, traced] = process.argv.slice(2).map(Number);
const begun = performance.now();
let bad = 0;
for (let seed = from!; seed < from! + count!; seed++) {
  const t = performance.now();
  const r = await simulate(seed, { isTraced: traced === 1 });
  if (traced === 1) console.log(r.trace.join("\n"));
  if (r.violation) {
    bad++;
    console.log(seed, "VIOLATION", r.violation);
  }
  if (traced === 2)
    console.log(
      seed,
      r.ended.join(","),
      r.effects,
      Math.round(r.virtualSeconds),
      Math.round(performance.now() - t),
      "ms",
    );
}
console.log("bad", bad, "of", count, ((performance.now() - begun) / count!).toFixed(0), "ms each");
