import type { Side } from "#core/kafka/offset.ts";

/** Where a direction reads and writes. The worker attaches to `downstream`. */
export const mirrorEnds = (direction: "forward" | "reverse"): { readonly upstream: Side; readonly downstream: Side } =>
  direction === "forward" ? { upstream: "source", downstream: "target" } : { upstream: "target", downstream: "source" };

/** MirrorMaker's topic of offset syncs, on the downstream cluster; written only where a migration asks for it. */
export const offsetSyncsTopic = (direction: "forward" | "reverse"): string =>
  `mm2-offset-syncs.${mirrorEnds(direction).upstream}.internal`;
