import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import type { Isolation } from "#core/kafka/visible-record.ts";
import type { LogEnds } from "./reading.ts";

/** Where a group without a commit would begin, by its `auto.offset.reset`, with the ends as they were when it was seen stopped. */
export const startingOffset = <S extends Side>(
  reset: "earliest" | "latest",
  isolation: Isolation,
  ends: LogEnds<S>,
): OffsetOn<S> => {
  if (reset === "earliest") return ends.logStart;
  return isolation === "read_committed" ? ends.lastStable : ends.highWatermark;
};
