import { offsetOn, type Side } from "#core/kafka/offset.ts";
import { type PartitionMap, partitionKey } from "#core/kafka/topic-partition.ts";
import type { LogReader } from "./ports/cluster.ts";

/** The log as it was when it ended at these offsets; a partition without one is shown whole. */
export const boundedLog = <S extends Side>(log: LogReader<S>, bounds: PartitionMap<bigint>): LogReader<S> => ({
  ends: async (partitions) =>
    new Map(
      [...(await log.ends(partitions))].map(([key, ends]) => {
        const bound = bounds.get(key);
        if (bound === undefined) return [key, ends];
        const until = (end: bigint) => offsetOn<S>(end < bound ? end : bound);
        return [
          key,
          { logStart: ends.logStart, lastStable: until(ends.lastStable), highWatermark: until(ends.highWatermark) },
        ];
      }),
    ),
  offsetAtTime: async (partition, timestamp) => {
    const found = await log.offsetAtTime(partition, timestamp);
    const bound = bounds.get(partitionKey(partition));
    return found !== undefined && bound !== undefined && found >= bound ? undefined : found;
  },
  read: async (request) => {
    const bound = bounds.get(partitionKey(request.partition));
    if (bound === undefined) return log.read(request);
    if (request.from >= bound) return { records: [], next: request.from, visibleEnd: offsetOn<S>(bound) };
    const until = request.until === undefined || request.until > bound ? offsetOn<S>(bound) : request.until;
    const slice = await log.read({ ...request, until });
    return { ...slice, visibleEnd: slice.visibleEnd < bound ? slice.visibleEnd : offsetOn<S>(bound) };
  },
});
