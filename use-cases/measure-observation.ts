import { reverseOrigin } from "./compared-mirror.ts";
import { measureMovedGroups } from "./measure-keep-up.ts";
import type { Finding, Measuring } from "./measuring.ts";
import { sampleMirror } from "./sample-mirror.ts";

/** Gate observation: since producers moved, lag, the reverse mirror and late writers are clean for a whole window. */
export async function measureObservation(measuring: Measuring): Promise<readonly Finding[]> {
  const { source, target } = measuring.estate;
  const reverse = await sampleMirror(measuring, {
    direction: "reverse",
    upstream: target,
    downstream: source,
    window: "observation",
    begin: () => reverseOrigin(measuring.deps.store.items, measuring.ref),
    foreign: "a late writer writes to the source, or the reverse mirror skips",
  });
  const named = { delay: "reverse-mirror", content: "late-writers" } as const;
  return [
    ...reverse.map((finding) => ({ ...finding, check: finding.check === "delay" ? named.delay : named.content })),
    ...(await measureMovedGroups(measuring, measuring.plan.groups, "observation")),
  ];
}
