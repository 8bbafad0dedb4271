/**
 * Compares a mirror with what it mirrors, record by record, from one call to the next.
 * The mirror writes in order and may repeat, so each downstream record must be the next of upstream, or a repeat of one
 * before it. Anything else is foreign; an upstream record that was passed over is missing.
 */

import { type OffsetOn, offsetOn, type Side } from "#core/kafka/offset.ts";
import { recordIdentity } from "#core/kafka/record-identity.ts";
import { isSameRecord, type VisibleRecord } from "#core/kafka/visible-record.ts";
import type { ProvedThrough } from "#core/offsets/translation.ts";
import * as z from "#core/schema.ts";

const decimal = z.pipe(
  z.string().check(z.regex(/^\d+$/)),
  z.transform((text: string) => BigInt(text)),
);
const count = z.int().check(z.nonnegative());

/** As stored with the wave: JSON, offsets as decimal strings. */
const storedSchema = z.strictObject({
  since: decimal,
  fromOffset: decimal,
  toOffset: decimal,
  lastRepeatAt: z.optional(decimal),
  matched: count,
  repeated: count,
  foreign: count,
  missing: count,
});
export type StoredMirrorCursor = z.input<typeof storedSchema>;

/** How far one partition has been compared, and what came of it, in records. */
export type MirrorCursor<A extends Side, B extends Side> = {
  /** Where the comparison began upstream: nothing before it can be what a downstream record repeats. */
  readonly since: OffsetOn<A>;
  /** Next to compare on each side. */
  readonly fromOffset: OffsetOn<A>;
  readonly toOffset: OffsetOn<B>;
  readonly lastRepeatAt?: OffsetOn<B>;
  readonly matched: number;
  readonly repeated: number;
  readonly foreign: number;
  readonly missing: number;
};

export const beginMirrorCursor = <A extends Side, B extends Side>(
  fromOffset: OffsetOn<A>,
  toOffset: OffsetOn<B>,
): MirrorCursor<A, B> => ({ since: fromOffset, fromOffset, toOffset, matched: 0, repeated: 0, foreign: 0, missing: 0 });

export const storedMirrorCursor = <A extends Side, B extends Side>({
  lastRepeatAt,
  ...cursor
}: MirrorCursor<A, B>): StoredMirrorCursor => ({
  ...cursor,
  since: `${cursor.since}`,
  fromOffset: `${cursor.fromOffset}`,
  toOffset: `${cursor.toOffset}`,
  ...(lastRepeatAt === undefined ? {} : { lastRepeatAt: `${lastRepeatAt}` }),
});

/** Throws a ZodError where the stored value is not a cursor. */
export const loadedMirrorCursor = <A extends Side, B extends Side>(stored: unknown): MirrorCursor<A, B> => {
  const { lastRepeatAt, ...cursor } = storedSchema.parse(stored);
  return {
    ...cursor,
    since: offsetOn<A>(cursor.since),
    fromOffset: offsetOn<A>(cursor.fromOffset),
    toOffset: offsetOn<B>(cursor.toOffset),
    ...(lastRepeatAt === undefined ? {} : { lastRepeatAt: offsetOn<B>(lastRepeatAt) }),
  };
};

/** What translation may rely on. A comparison that found a difference proves nothing. */
export const provedThrough = <A extends Side, B extends Side>(
  cursor: MirrorCursor<A, B>,
): ProvedThrough<A, B> | undefined => {
  if (cursor.foreign > 0 || cursor.missing > 0) return undefined;
  const { fromOffset, toOffset, lastRepeatAt } = cursor;
  return { fromOffset, toOffset, ...(lastRepeatAt === undefined ? {} : { lastRepeatAt }) };
};

/** A run of records of one kind. `foreign` and `repeated` give downstream offsets, `missing` upstream ones. */
export type MirrorFinding = {
  readonly kind: "foreign" | "missing" | "repeated";
  readonly firstOffset: bigint;
  readonly lastOffset: bigint;
  readonly records: number;
};

/** Everything visible from the cursor's offset to `next`; `isEnd`: up to the visible end of that moment. */
export type NextRecords<S extends Side> = {
  readonly records: readonly VisibleRecord<S>[];
  readonly next: OffsetOn<S>;
  readonly isEnd: boolean;
};

export type MirrorStep<A extends Side, B extends Side> = {
  readonly cursor: MirrorCursor<A, B>;
  readonly findings: readonly MirrorFinding[];
  /** A downstream record is not the next of upstream: fold again with the identities of earlier upstream records. */
  readonly needsRecent: boolean;
};

/**
 * Compares what both sides hold next. Downstream must be read before upstream, and the frontier (everything visible
 * upstream before it is mirrored) before both. `recent` holds the identities of upstream records before the cursor.
 */
export const foldMirror = <A extends Side, B extends Side>(
  cursor: MirrorCursor<A, B>,
  upstream: NextRecords<A>,
  downstream: NextRecords<B>,
  frontier: OffsetOn<A>,
  recent?: ReadonlySet<string>,
): MirrorStep<A, B> => {
  const findings: MirrorFinding[] = [];
  const tally = { matched: 0, repeated: 0, foreign: 0, missing: 0 };
  const matchedHere = new Set<string>();
  /** Made once, at need: a flood of foreign records would search the slice for each. */
  let upstreamIdentities: Set<string> | undefined;
  let { fromOffset, toOffset, lastRepeatAt } = cursor;
  let index = 0;
  const step = (needsRecent: boolean): MirrorStep<A, B> => ({
    cursor: {
      since: cursor.since,
      fromOffset,
      toOffset,
      ...(lastRepeatAt === undefined ? {} : { lastRepeatAt }),
      matched: cursor.matched + tally.matched,
      repeated: cursor.repeated + tally.repeated,
      foreign: cursor.foreign + tally.foreign,
      missing: cursor.missing + tally.missing,
    },
    findings,
    needsRecent,
  });
  const note = (kind: MirrorFinding["kind"], offset: bigint): void => {
    tally[kind] += 1;
    addToRuns(findings, kind, offset);
  };
  const passOver = (until: number): void => {
    for (; index < until; index += 1) {
      const record = upstream.records[index];
      if (record === undefined) return;
      note("missing", record.offset);
      fromOffset = offsetOn<A>(record.offset + 1n);
    }
  };

  for (const copy of downstream.records) {
    const wanted = upstream.records[index];
    if (wanted === undefined && !upstream.isEnd) {
      fromOffset = later(fromOffset, upstream.next);
      return step(false);
    }
    const identity = recordIdentity(copy);
    if (wanted === undefined || !isSameRecord(copy, wanted)) {
      if (!matchedHere.has(identity)) {
        if (recent === undefined) return step(true);
        if (!recent.has(identity)) {
          upstreamIdentities ??= new Set(upstream.records.map(recordIdentity));
          const ahead = upstreamIdentities.has(identity)
            ? upstream.records.findIndex((record, at) => at > index && isSameRecord(record, copy))
            : -1;
          if (ahead < 0) {
            note("foreign", copy.offset);
            toOffset = offsetOn<B>(copy.offset + 1n);
            continue;
          }
          passOver(ahead);
        }
      }
    }
    toOffset = offsetOn<B>(copy.offset + 1n);
    const next = upstream.records[index];
    if (next !== undefined && isSameRecord(copy, next)) {
      tally.matched += 1;
      matchedHere.add(identity);
      fromOffset = offsetOn<A>(next.offset + 1n);
      index += 1;
    } else {
      note("repeated", copy.offset);
      lastRepeatAt = copy.offset;
    }
  }
  toOffset = later(toOffset, downstream.next);
  // Downstream has no more, yet the mirror says that it has passed them.
  if (downstream.isEnd) passOver(countBefore(upstream.records, frontier));
  if (index >= upstream.records.length) fromOffset = later(fromOffset, upstream.next);
  return step(false);
};

const later = <S extends Side>(a: OffsetOn<S>, b: OffsetOn<S>): OffsetOn<S> => (a > b ? a : b);

const countBefore = (records: readonly VisibleRecord<Side>[], offset: bigint): number => {
  const first = records.findIndex((record) => record.offset >= offset);
  return first < 0 ? records.length : first;
};

const addToRuns = (findings: MirrorFinding[], kind: MirrorFinding["kind"], offset: bigint): void => {
  const last = findings.at(-1);
  if (last?.kind === kind) findings[findings.length - 1] = { ...last, lastOffset: offset, records: last.records + 1 };
  else findings.push({ kind, firstOffset: offset, lastOffset: offset, records: 1 });
};
