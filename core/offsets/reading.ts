/**
 * How pure code reads logs: it yields requests and is sent their answers, in the order of the requests.
 * Requests yielded together are independent, so that a driver may send them at once.
 */
import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import type { VisibleRecord } from "#core/kafka/visible-record.ts";

/** Which of the two logs: the one a position is translated from, or the one it is translated to. */
export type LogRole = "from" | "to";

export type LogEnds<S extends Side> = {
  readonly logStart: OffsetOn<S>;
  readonly lastStable: OffsetOn<S>;
  readonly highWatermark: OffsetOn<S>;
};

export type ReadRequest =
  /** First offset whose timestamp is at or after `timestamp` (ms since the epoch). */
  | { readonly kind: "offset-at-time"; readonly log: LogRole; readonly timestamp: bigint }
  /** Records visible to `read_committed` in [from, until), at least `limit` of them where there are so many. */
  | {
      readonly kind: "records";
      readonly log: LogRole;
      readonly from: bigint;
      readonly until: bigint;
      readonly limit: number;
    };

export type ReadAnswer =
  | { readonly kind: "offset-at-time"; readonly offset: bigint | undefined }
  /** Everything visible in [request.from, next) is in `records`, in order. */
  | { readonly kind: "records"; readonly records: readonly VisibleRecord<Side>[]; readonly next: bigint };

/** A computation that needs records to reach its result T. */
export type Reading<T> = Generator<readonly ReadRequest[], T, readonly ReadAnswer[]>;

export function* offsetsAtTime(
  timestamp: bigint,
): Reading<{ readonly from: bigint | undefined; readonly to: bigint | undefined }> {
  const answers = yield [
    { kind: "offset-at-time", log: "from", timestamp },
    { kind: "offset-at-time", log: "to", timestamp },
  ];
  return { from: offsetOf(answers[0]), to: offsetOf(answers[1]) };
}

const offsetOf = (answer: ReadAnswer | undefined): bigint | undefined => {
  if (answer?.kind !== "offset-at-time") throw new Error("a look-up by time was answered with something else");
  return answer.offset;
};

export const sliceOf = (answer: ReadAnswer | undefined): Extract<ReadAnswer, { kind: "records" }> => {
  if (answer?.kind !== "records") throw new Error("a read of records was answered with something else");
  return answer;
};
