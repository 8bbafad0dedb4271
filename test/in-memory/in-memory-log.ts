import { OperatorFault } from "#core/fault.ts";
import { type OffsetOn, offsetOn, type Side } from "#core/kafka/offset.ts";
import { type PartitionKey, partitionKey } from "#core/kafka/topic-partition.ts";
import type { VisibleRecord } from "#core/kafka/visible-record.ts";
import type { LogReader, PartitionEnds, VisibleSlice } from "#use-cases/ports/cluster.ts";

type Entry = {
  readonly timestamp: bigint;
  readonly fingerprint: string;
  /** Aborted records are visible to read_uncommitted only, control records to nobody. */
  readonly kind: "record" | "aborted" | "control";
};

/** One partition as an array; index + `base` is the offset. */
export class InMemoryLog<S extends Side> {
  private readonly entries: Entry[] = [];
  private readonly base: bigint;
  private start: bigint;
  private openFrom: bigint | undefined;
  private readonly batch: number;

  /** `batch` records share a header that gives the time of the last one for the latest, as kafkajs writes it; 1: every look-up is exact. */
  constructor(base = 0n, batch = 1) {
    this.base = base;
    this.start = base;
    this.batch = batch;
  }

  /** As a broker looks up: aborted and control records answer too, and a batch is passed over by what its header says. */
  offsetAtTime(timestamp: bigint): OffsetOn<S> | undefined {
    const { logStart, lastStable } = this.ends();
    for (let offset: bigint = logStart; offset < lastStable; offset += 1n) {
      const batch = Math.floor(Number(offset - this.base) / this.batch);
      const last = this.entries[Math.min((batch + 1) * this.batch, this.entries.length) - 1];
      if (last !== undefined && last.timestamp >= timestamp && this.at(offset).timestamp >= timestamp)
        return offsetOn<S>(offset);
    }
    return undefined;
  }

  append(fingerprint: string, timestamp: bigint, kind: Entry["kind"] = "record"): OffsetOn<S> {
    this.entries.push({ fingerprint, timestamp, kind });
    return offsetOn<S>(this.end - 1n);
  }

  /** As retention or DeleteRecords do. */
  deleteBefore(offset: bigint): void {
    if (offset > this.start) this.start = offset < this.end ? offset : this.end;
  }

  /** An open transaction: from here on nothing is stable. */
  openTransactionAt(offset: bigint | undefined): void {
    this.openFrom = offset;
  }

  get end(): bigint {
    return this.base + BigInt(this.entries.length);
  }

  ends(): PartitionEnds<S> {
    return {
      logStart: offsetOn<S>(this.start),
      lastStable: offsetOn<S>(this.openFrom ?? this.end),
      highWatermark: offsetOn<S>(this.end),
    };
  }

  at(offset: bigint): Entry {
    const entry = this.entries[Number(offset - this.base)];
    if (entry === undefined) throw new Error(`no entry at ${offset}`);
    return entry;
  }

  /** Everything a read_committed reader that starts at `from` gets. */
  visible(from: bigint = this.start, until: bigint = this.ends().lastStable): VisibleRecord<S>[] {
    const records: VisibleRecord<S>[] = [];
    for (let offset = from < this.start ? this.start : from; offset < until; offset += 1n) {
      const { kind, timestamp, fingerprint } = this.at(offset);
      if (kind === "record") records.push({ offset: offsetOn<S>(offset), timestamp, fingerprint });
    }
    return records;
  }
}

export type InMemoryReader<S extends Side> = LogReader<S> & { readonly requests: () => number };

/** A LogReader over arrays; counts the requests it answers. */
export const inMemoryReader = <S extends Side>(logs: ReadonlyMap<PartitionKey, InMemoryLog<S>>): InMemoryReader<S> => {
  let requests = 0;
  const logOf = (key: PartitionKey): InMemoryLog<S> => {
    const log = logs.get(key);
    if (log === undefined)
      throw new OperatorFault(`${key} does not exist; expected one of ${[...logs.keys()].join(", ")}`);
    requests += 1;
    return log;
  };
  return {
    requests: () => requests,
    ends: async (partitions) =>
      new Map(partitions.map((partition) => [partitionKey(partition), logOf(partitionKey(partition)).ends()])),
    offsetAtTime: async (partition, timestamp) => {
      return logOf(partitionKey(partition)).offsetAtTime(timestamp);
    },
    read: async ({ partition, from, until, limit, isolation }): Promise<VisibleSlice<S>> => {
      const key = partitionKey(partition);
      const log = logOf(key);
      const { logStart, lastStable, highWatermark } = log.ends();
      if (from < logStart) throw new OperatorFault(`${key}: offset ${from} is below log start ${logStart}`);
      const visibleEnd = isolation === "read_committed" ? lastStable : highWatermark;
      const stop = until === undefined || until > visibleEnd ? visibleEnd : until;
      const records: VisibleRecord<S>[] = [];
      let offset: bigint = from;
      for (; offset < stop && records.length < (limit ?? Number.POSITIVE_INFINITY); offset += 1n) {
        const { kind, timestamp, fingerprint } = log.at(offset);
        if (kind === "record" || (kind === "aborted" && isolation === "read_uncommitted"))
          records.push({ offset: offsetOn<S>(offset), timestamp, fingerprint });
      }
      return { records, next: offsetOn<S>(offset), visibleEnd };
    },
  };
};
