/**
 * `npm run bench:plan -- [--topics N] [--groups N] [--principals N] [--times N] [--json]`: how long the plan of a large estate takes,
 * into which waves it is cut, and what loosening the edges that hold most together would gain.
 */
import { parseArgs } from "node:util";
import { measurePlan } from "./plan/measure-plan.ts";

const { values } = parseArgs({
  options: {
    topics: { type: "string", default: "2000" },
    groups: { type: "string", default: "2000" },
    principals: { type: "string", default: "500" },
    times: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const [topics = 0, groups = 0, principals = 0, times = 0] = (["topics", "groups", "principals", "times"] as const).map(
  (name) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1) return value;
    process.stderr.write(`--${name} ${values[name]}: expected a whole number of at least 1\n`);
    process.exit(2);
  },
);
const measured = measurePlan({ topics, groups, principals }, times);
process.stdout.write(measured.text);
if (values.json) process.stdout.write(`${JSON.stringify(measured.json)}\n`);
process.exitCode = measured.troubles.length === 0 ? 0 : 1;
