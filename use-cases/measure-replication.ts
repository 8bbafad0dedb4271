import type { Finding, Measuring } from "./measuring.ts";
import { sampleMirror } from "./sample-mirror.ts";

/** Gate replication: delay within its limit for the whole window, connector and tasks, loss guard, nothing foreign on the target. */
export const measureReplication = (measuring: Measuring): Promise<readonly Finding[]> => {
  const { source, target } = measuring.estate;
  return sampleMirror(measuring, {
    direction: "forward",
    upstream: source,
    downstream: target,
    window: "replication",
    begin: async (partitions) => {
      const [from, to] = await Promise.all([source.log.ends(partitions), target.log.ends(partitions)]);
      return new Map(
        [...from].flatMap(([key, ends]) => {
          const there = to.get(key);
          return there === undefined ? [] : [[key, { from: ends.logStart, to: there.logStart }] as const];
        }),
      );
    },
    foreign: "somebody other than the mirror writes to the wave's topics on the target, or the mirror skips",
  });
};
