import { forwardOrigin } from "./compared-mirror.ts";
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
    begin: (partitions) =>
      forwardOrigin(
        measuring.deps.store.items,
        measuring.ref,
        measuring.row.attempt,
        { from: source, to: target },
        partitions,
      ),
    foreign: "somebody other than the mirror writes to the wave's topics on the target, or the mirror skips",
  });
};
