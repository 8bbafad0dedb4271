import type { OrUnknown } from "./unknown.ts";

/** From two sweeps of offsets and sizes. */
export type TopicThroughput = {
  readonly topic: string;
  /** Between the sweeps. */
  readonly seconds: number;
  /** Records appended, transaction markers among them. */
  readonly recordsPerSecond: OrUnknown<number>;
  /** Growth on disk of leaders, as stored; what is deleted meanwhile makes it unknown. */
  readonly bytesPerSecond: OrUnknown<number>;
  /** Bytes on disk by record, over all that the topic holds; of a compacted topic, by offset. Undefined: it is empty. */
  readonly averageRecordBytes: OrUnknown<number | undefined>;
};
