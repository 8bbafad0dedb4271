/**
 * Exact translation of a committed offset by content.
 *
 * The mirror writes the records of `from` to `to` in order. After a crash it goes back a little and repeats, but never
 * leaves one out: `to` is a walk over `from` by single steps forward and jumps back. So a position on `to` skips nothing
 * as long as what follows it still contains, in order, every record of `from` from the commit to the last one mirrored;
 * the latest such position repeats the least. Both are statements about content, so runs of identical records need no
 * telling apart.
 */
import { RetryableFault } from "#core/fault.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import { recordIdentity } from "#core/kafka/record-identity.ts";
import { isSameRecord, type VisibleRecord } from "#core/kafka/visible-record.ts";
import { offsetsAtTime, type Reading } from "./reading.ts";
import {
  type BackwardCursor,
  backwardCursor,
  current,
  fill,
  forwardCursor,
  moveTo,
  skipEarlier,
  stepBack,
} from "./record-cursor.ts";
import { refusal } from "./refusal.ts";
import type { ProvedThrough, Translation, TranslationBasis, TranslationRequest } from "./translation.ts";

type Found = Pick<TranslationBasis, "anchor" | "method" | "recordsAhead"> & {
  readonly offset: bigint;
  readonly repeats: number;
};
type Outcome<A extends Side, B extends Side> = Found | Extract<Translation<A, B>, { kind: "wait" | "unresolved" }>;

/**
 * Translates `committed` to the other side. Yields reads of either log, returns the position or why there is none.
 * An ordinary lagging commit costs six requests and the records between it and the mirror's end, or `proved`, on each side.
 */
export function* translate<A extends Side, B extends Side>(
  request: TranslationRequest<A, B>,
): Reading<Translation<A, B>> {
  const refused = refusal(request);
  if (refused !== undefined) return refused;
  const { outcome, requests, recordsRead } = yield* counted(find(request));
  if ("kind" in outcome) return outcome;
  const { anchor, method, recordsAhead, repeats } = outcome;
  const basis = { anchor, method, recordsAhead, requests, recordsRead };
  const offset = offsetOn<B>(outcome.offset);
  return repeats === 0 ? { kind: "exact", offset, basis } : { kind: "exact-with-repeats", offset, repeats, basis };
}

function* counted<T>(reading: Reading<T>): Reading<{ outcome: T; requests: number; recordsRead: number }> {
  let requests = 0;
  let recordsRead = 0;
  for (let step = reading.next(); ; ) {
    if (step.done === true) return { outcome: step.value, requests, recordsRead };
    requests += step.value.length;
    const answers = yield step.value;
    for (const answer of answers) if (answer.kind === "records") recordsRead += answer.records.length;
    step = reading.next(answers);
  }
}

function* find<A extends Side, B extends Side>(request: TranslationRequest<A, B>): Reading<Outcome<A, B>> {
  const { committed, frontier, from } = request;
  const { lastStable, logStart } = from.ends;
  if (committed > lastStable && lastStable < from.ends.highWatermark)
    return {
      kind: "wait",
      until: committed,
      reason: `an open transaction from ${lastStable} on hides what precedes the commit ${committed}`,
    };
  const before = backwardCursor("from", committed, logStart);
  const previous = yield* stepBack(before);
  if (previous !== undefined && previous.offset >= frontier)
    return {
      kind: "wait",
      until: offsetOn<A>(previous.offset + 1n),
      reason: `the mirror has passed ${frontier}, not yet record ${previous.offset}, the last before the commit ${committed}`,
    };
  if (previous !== undefined) {
    const result = yield* alignAndLocate(request, previous, before);
    if (result !== undefined) return result;
  }
  return yield* locateFromCommit(request, previous);
}

/** Aligns both logs by the predecessor's timestamp. undefined: they do not run alike from there, so another way must be tried. */
function* alignAndLocate<A extends Side, B extends Side>(
  request: TranslationRequest<A, B>,
  previous: VisibleRecord<Side>,
  beforePrevious: BackwardCursor,
): Reading<Found | undefined> {
  const { timestamp } = previous;
  const times = yield* offsetsAtTime(timestamp);
  if (times.to === undefined) return undefined;
  // A broker answers with an aborted record or a marker too, which may be younger than everything around it.
  const isNear =
    times.from !== undefined && times.from <= previous.offset && previous.offset - times.from <= nearOffsets;
  const start = {
    from:
      isNear && times.from !== undefined ? times.from : yield* startOfRun(beforePrevious, previous.offset, timestamp),
    to: yield* startOfRun(backwardCursor("to", times.to, request.to.ends.logStart), times.to, timestamp),
    timestamp,
  };
  if (request.proved !== undefined && isUsable(request.proved, request, start.to)) {
    const short = yield* follow(request, start, { proved: request.proved, previous });
    if (short.isEqual && short.missing === undefined && short.location !== undefined)
      return found("predecessor", short.isShortened ? "equal-then-proved" : "equal", short.location, short.ahead);
  }
  const run = yield* follow(request, start);
  if (run.missing !== undefined) return undefined;
  if (run.isEqual && run.location !== undefined) return found("predecessor", "equal", run.location, run.ahead);
  return yield* countBack(request, run.lastMatched, start.to, "predecessor");
}

/** Offsets by which a look-up by time may lie before the record it is about. */
const nearOffsets = 4096n;

/**
 * The first of the records right before `offset` that are at or after `timestamp`. Some producers write the time of a
 * batch's last record for its latest, and a broker that believes them answers a look-up by time too late.
 */
function* startOfRun(before: BackwardCursor, offset: bigint, timestamp: bigint): Reading<bigint> {
  let start = offset;
  for (let record = yield* stepBack(before); record !== undefined; record = yield* stepBack(before)) {
    if (record.timestamp < timestamp) break;
    start = record.offset;
  }
  return start;
}

/**
 * Starts at the commit itself on `from`, wherever its first record may be on `to`: the way where nothing visible precedes
 * the commit, and where what precedes it is gone from `to`.
 */
function* locateFromCommit<A extends Side, B extends Side>(
  request: TranslationRequest<A, B>,
  previous: VisibleRecord<Side> | undefined,
): Reading<Outcome<A, B>> {
  const { committed, from } = request;
  const anchor = previous === undefined ? "first" : "predecessor";
  const ahead = forwardCursor("from", committed, from.ends.lastStable);
  yield* fill(ahead);
  const next = current(ahead);
  if (next === undefined) return yield* locateAtEnd(request, previous);
  const times = yield* offsetsAtTime(next.timestamp);
  const { lastStable, logStart } = request.to.ends;
  const late = times.to ?? lastStable;
  let start = yield* startOfRun(backwardCursor("to", late, logStart), late, next.timestamp);
  let run = yield* follow(request, { from: next.offset, to: start, timestamp: next.timestamp });
  if ((run.missing !== undefined || run.lastMatched === undefined) && start > logStart) {
    // The look-up by time may have been answered too late: only the whole log shows that a record is not there.
    start = logStart;
    run = yield* follow(request, { from: next.offset, to: start, timestamp: 0n });
  }
  if (run.missing !== undefined) return missingCopy(request, run.missing);
  if (run.lastMatched === undefined) return yield* locateAtEnd(request, previous);
  if (run.isEqual && run.location !== undefined) return found(anchor, "equal", run.location, run.ahead);
  return yield* countBack(request, run.lastMatched, start, anchor);
}

/** Nothing from the commit on has been mirrored, so all that `to` holds precedes it; `previous`, where given, must be its last record. */
function* locateAtEnd<A extends Side, B extends Side>(
  request: TranslationRequest<A, B>,
  previous: VisibleRecord<Side> | undefined,
): Reading<Outcome<A, B>> {
  const { lastStable, logStart } = request.to.ends;
  const last = yield* stepBack(backwardCursor("to", lastStable, logStart));
  if (last === undefined)
    return previous === undefined || logStart > 0n
      ? found("empty", "equal", lastStable, 0)
      : missingCopy(request, previous);
  if (previous !== undefined && !isSameRecord(last, previous)) return missingCopy(request, previous);
  return found("predecessor", "equal", last.offset + 1n, 0);
}

const found = (
  anchor: TranslationBasis["anchor"],
  method: TranslationBasis["method"],
  offset: bigint,
  recordsAhead: number,
): Found => ({ anchor, method, offset, recordsAhead, repeats: 0 });

const missingCopy = <A extends Side, B extends Side>(
  { partition, committed, frontier }: TranslationRequest<A, B>,
  record: VisibleRecord<Side>,
): Extract<Outcome<A, B>, { kind: "unresolved" }> => ({
  kind: "unresolved",
  reason: `record ${record.offset} of ${partition.topic}/${partition.partition} has no copy where its order puts it on the other side, although the mirror has passed ${frontier}; the commit ${committed} cannot be placed`,
  cure: "compare the mirror from the start: the other side lacks records or holds others; replicate to fresh topics if it does",
});

type Start = { readonly from: bigint; readonly to: bigint; readonly timestamp: bigint };
type Run = {
  /** `to` holds from the start on nothing but what `from` holds, record by record. */
  readonly isEqual: boolean;
  readonly isShortened: boolean;
  /** Last record of `from` found in order on `to`. */
  readonly lastMatched: VisibleRecord<Side> | undefined;
  /** A record before the frontier that is not there. */
  readonly missing: VisibleRecord<Side> | undefined;
  /** Where the group resumes, if `isEqual`. */
  readonly location: bigint | undefined;
  /** Records at or after the commit that were found. */
  readonly ahead: number;
};

/**
 * Looks for the records of `from` in order on `to`, from a start to the end of `to`. The last one found is at or beyond
 * the last one mirrored, since every copy of the start's record lies at or after the start on `to`.
 */
function* follow<A extends Side, B extends Side>(
  request: TranslationRequest<A, B>,
  start: Start,
  shortCut?: { readonly proved: ProvedThrough<A, B>; readonly previous: VisibleRecord<Side> },
): Reading<Run> {
  const from = forwardCursor("from", start.from, request.from.ends.lastStable);
  const to = forwardCursor("to", start.to, request.to.ends.lastStable);
  // An invisible record may have answered the look-up by time; what is visible and earlier does not belong to the run.
  yield* skipEarlier(from, start.timestamp);
  yield* skipEarlier(to, start.timestamp);
  const seen = new Set<string>();
  let isPlaced = false;
  let isShortened = false;
  let isEqual = true;
  let lastMatched: VisibleRecord<Side> | undefined;
  let location: bigint | undefined;
  let ahead = 0;
  for (;;) {
    yield* fill(from, to);
    const copy = current(to);
    const wanted = current(from);
    if (copy === undefined) break;
    to.index += 1;
    if (wanted === undefined || !isSameRecord(copy, wanted)) {
      isEqual = false;
      continue;
    }
    from.index += 1;
    lastMatched = wanted;
    if (wanted.offset < request.committed) location = copy.offset + 1n;
    else {
      ahead += 1;
      location ??= copy.offset;
    }
    if (shortCut === undefined || isShortened) continue;
    const { proved, previous } = shortCut;
    // A record unlike all before it in the run can only be the copy of that very record: no jump back hides before it.
    if (!isPlaced) {
      const identity = recordIdentity(wanted);
      isPlaced = wanted.offset >= previous.offset && !seen.has(identity);
      seen.add(identity);
    }
    if (!isPlaced || !isEqual || ahead < recordsBeforeShortCut) continue;
    if (proved.fromOffset - wanted.offset < shortestCut || proved.toOffset <= copy.offset) continue;
    // More records on \`to\` than offsets on \`from\` would mean a repeat that the comparison did not see.
    if (proved.toOffset - copy.offset > proved.fromOffset - wanted.offset) {
      isEqual = false;
      break;
    }
    ahead += Number(proved.toOffset - copy.offset - 1n);
    moveTo(from, proved.fromOffset);
    moveTo(to, proved.toOffset);
    isShortened = true;
  }
  const rest = current(from);
  const missing = rest !== undefined && rest.offset < request.frontier ? rest : undefined;
  return { isEqual, isShortened, lastMatched, missing, location, ahead };
}

/** Equal records compared after the commit before the rest is taken as proved. */
const recordsBeforeShortCut = 64;
/** Fewer offsets than this are read faster than argued about. */
const shortestCut = 1024n;

const isUsable = <A extends Side, B extends Side>(
  proved: ProvedThrough<A, B>,
  { from, to }: TranslationRequest<A, B>,
  start: bigint,
): boolean =>
  (proved.lastRepeatAt === undefined || proved.lastRepeatAt < start) &&
  proved.fromOffset <= from.ends.lastStable &&
  proved.toOffset <= to.ends.lastStable;

/**
 * The latest position on \`to\` after which every record of \`from\` from the commit to \`last\` still comes, in order:
 * both logs are matched backwards from the end. What else stands there comes twice.
 */
function* countBack<A extends Side, B extends Side>(
  { partition, committed, to }: TranslationRequest<A, B>,
  last: VisibleRecord<Side> | undefined,
  downTo: bigint,
  anchor: TranslationBasis["anchor"],
): Reading<Found> {
  const wantedRecords = backwardCursor("from", last === undefined ? committed : last.offset + 1n, committed);
  const copies = backwardCursor("to", to.ends.lastStable, downTo);
  let offset: bigint | undefined;
  let matched = 0;
  let passed = 0;
  for (let wanted = yield* stepBack(wantedRecords); wanted !== undefined; wanted = yield* stepBack(wantedRecords)) {
    let copy = yield* stepBack(copies);
    for (passed += 1; copy !== undefined && !isSameRecord(copy, wanted); copy = yield* stepBack(copies)) passed += 1;
    // They were found going forward, so only a log that was cut off meanwhile can lack them.
    if (copy === undefined)
      throw new RetryableFault(
        `${partition.topic}/${partition.partition} changed on the other side while it was read: no copy of record ${wanted.offset} from ${downTo} on; expected only appends`,
      );
    offset = copy.offset;
    matched += 1;
  }
  if (offset === undefined) {
    const end = yield* stepBack(copies);
    offset = end === undefined ? to.ends.lastStable : end.offset + 1n;
  }
  return { anchor, method: "counted-back", offset, recordsAhead: matched, repeats: passed - matched };
}
