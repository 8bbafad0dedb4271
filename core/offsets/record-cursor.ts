/** Cursors over the visible records of a log, forwards and backwards, in chunks that grow: memory stays one chunk. */
import { RetryableFault } from "#core/fault.ts";
import type { Side } from "#core/kafka/offset.ts";
import type { VisibleRecord } from "#core/kafka/visible-record.ts";
import { type LogRole, type Reading, type ReadRequest, sliceOf } from "./reading.ts";

const firstChunk = 64;
const largestChunk = 16_384;
const growth = 16;

export type ForwardCursor = {
  readonly log: LogRole;
  /** Where the next read starts; everything before is in `records` or was passed. */
  position: bigint;
  readonly until: bigint;
  records: readonly VisibleRecord<Side>[];
  index: number;
  chunk: number;
};

export const forwardCursor = (log: LogRole, position: bigint, until: bigint): ForwardCursor => ({
  log,
  position,
  until,
  records: [],
  index: 0,
  chunk: firstChunk,
});

/** The cursor's record; undefined where it must be filled, or has reached its end. */
export const current = (cursor: ForwardCursor): VisibleRecord<Side> | undefined => cursor.records[cursor.index];

const wantsRecords = (cursor: ForwardCursor): boolean =>
  cursor.index >= cursor.records.length && cursor.position < cursor.until;

/** Reads until each cursor stands on a record or at its end; cursors that lack records are read at once. */
export function* fill(...cursors: readonly ForwardCursor[]): Reading<void> {
  for (;;) {
    const empty = cursors.filter(wantsRecords);
    if (empty.length === 0) return;
    const answers = yield empty.map(
      ({ log, position, until, chunk }): ReadRequest => ({ kind: "records", log, from: position, until, limit: chunk }),
    );
    for (const [index, cursor] of empty.entries()) {
      const slice = sliceOf(answers[index]);
      // A log that stopped short of an end it had announced would be read for ever.
      if (slice.next <= cursor.position)
        throw new RetryableFault(
          `reading offset ${cursor.position} of the ${cursor.log} log did not advance towards ${cursor.until}; expected its end to stand still or grow`,
        );
      cursor.records = slice.records;
      cursor.index = 0;
      cursor.position = slice.next;
      cursor.chunk = Math.min(cursor.chunk * growth, largestChunk);
    }
  }
}

export type BackwardCursor = {
  readonly log: LogRole;
  /** Everything visible from here on is in `records` or was passed. */
  position: bigint;
  readonly downTo: bigint;
  records: VisibleRecord<Side>[];
  chunk: number;
};

export const backwardCursor = (log: LogRole, before: bigint, downTo: bigint): BackwardCursor => ({
  log,
  position: before,
  downTo,
  records: [],
  chunk: firstChunk,
});

/** The next record towards the start of the log; undefined where there is none at or after `downTo`. */
export function* stepBack(cursor: BackwardCursor): Reading<VisibleRecord<Side> | undefined> {
  while (cursor.records.length === 0 && cursor.position > cursor.downTo) {
    const until = cursor.position;
    const start = until - BigInt(cursor.chunk);
    cursor.position = start < cursor.downTo ? cursor.downTo : start;
    const chunk = forwardCursor(cursor.log, cursor.position, until);
    chunk.chunk = cursor.chunk;
    do {
      yield* fill(chunk);
      cursor.records = cursor.records.concat(chunk.records);
      chunk.index = chunk.records.length;
    } while (chunk.position < chunk.until);
    cursor.chunk = Math.min(cursor.chunk * growth, largestChunk);
  }
  return cursor.records.pop();
}

export const moveTo = (cursor: ForwardCursor, position: bigint): void => {
  cursor.position = position;
  cursor.records = [];
  cursor.index = 0;
};

/** Passes the records older than `timestamp` at the cursor's head. */
export function* skipEarlier(cursor: ForwardCursor, timestamp: bigint): Reading<void> {
  for (;;) {
    yield* fill(cursor);
    const record = current(cursor);
    if (record === undefined || record.timestamp >= timestamp) return;
    cursor.index += 1;
  }
}
