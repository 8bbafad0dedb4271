import { offsetOn } from "#core/kafka/offset.ts";
import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import { measureMovedGroups } from "./measure-keep-up.ts";
import type { Finding, Measuring } from "./measuring.ts";
import { sampleMirror } from "./sample-mirror.ts";
import { needFact } from "./wave-facts.ts";

/** Gate observation: since producers moved, lag, the reverse mirror and late writers are clean for a whole window. */
export async function measureObservation(measuring: Measuring): Promise<readonly Finding[]> {
  const { source, target } = measuring.estate;
  const reverse = await sampleMirror(measuring, {
    direction: "reverse",
    upstream: target,
    downstream: source,
    window: "observation",
    begin: async () => {
      const watermarks = await needFact(measuring.deps.store.items, measuring.ref, "watermarks");
      return new Map(
        Object.entries(watermarks.target).map(([key, to]) => [
          key as PartitionKey,
          { from: offsetOn<"target">(BigInt(to)), to: offsetOn<"source">(BigInt(watermarks.source[key] ?? "0")) },
        ]),
      );
    },
    foreign: "a late writer writes to the source, or the reverse mirror skips",
  });
  const named = { delay: "reverse-mirror", content: "late-writers" } as const;
  return [
    ...reverse.map((finding) => ({ ...finding, check: finding.check === "delay" ? named.delay : named.content })),
    ...(await measureMovedGroups(measuring, measuring.plan.groups, "observation")),
  ];
}
