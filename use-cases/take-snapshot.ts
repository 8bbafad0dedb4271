import { assemble } from "#core/inventory/assemble.ts";
import {
  countsOf,
  givenUp,
  isFirstOfItsDay,
  mayExpire,
  type SnapshotHeader,
  type Unfinished,
} from "#core/inventory/kept.ts";
import { isWithin, type NameRange } from "#core/inventory/name-range.ts";
import type { SomeListings } from "#core/inventory/snapshot.ts";
import { throughputOf } from "#core/inventory/throughput.ts";
import type { Clock } from "./ports/clock.ts";
import type { ClusterScanner, ScanPage } from "./ports/cluster-scanner.ts";
import type { ClusterRef, SnapshotStore } from "./ports/snapshot-store.ts";

export type SnapshotDeps = {
  readonly snapshots: SnapshotStore;
  readonly clock: Clock;
  readonly newId: () => string;
};

export type TakeOptions = {
  /** In ms, by the clock: where the function that takes the snapshot ends. */
  readonly endsAt: number;
  /** Between the two sweeps that throughput comes from. */
  readonly sweepMilliseconds: number;
  /** The next run of this snapshot, and of no other; absent: a new one, or what was cut off. */
  readonly goesOn?: string | undefined;
  /** Settles when what is being read then is left to the next run, so that a slow page does not lose the others. */
  readonly readingEnds?: Promise<unknown>;
};

export type Taken =
  | { readonly state: "whole"; readonly header: SnapshotHeader }
  /** The time was over: to be taken up again, from where it was cut off. */
  | { readonly state: "cut-off"; readonly id: string; readonly pagesLeft: number }
  /** Never to be whole. Whoever asked for a new one gets it; the next run of this one ends here. */
  | { readonly state: "failed"; readonly id: string; readonly why: string }
  /** Somebody else takes one of this cluster just now, or the one that was to go on is over. */
  | { readonly state: "in-hand" };

/** Of the time that is there, what storing needs at the end. */
export const STORING_MILLISECONDS = 10_000;
const pagesAtOnce = 3;
const EXPIRES_AFTER_MILLISECONDS = 3 * 86_400_000;

/** Scans page by page while there is time, stores what it has, and goes on where an earlier run was cut off. */
export async function takeSnapshot(
  deps: SnapshotDeps,
  scanner: ClusterScanner,
  of: ClusterRef,
  o: TakeOptions,
): Promise<Taken> {
  const { snapshots, clock } = deps;
  const holder = deps.newId();
  const now = clock.now();
  const fresh: Unfinished = {
    id: new Date(now).toISOString(),
    startedAt: now,
    pieces: [],
    storedBytes: 0,
    toSweep: [],
    runs: 0,
  };
  const hold = { holder, now, until: o.endsAt, only: o.goesOn };
  const found = await snapshots.take(of, fresh, hold);
  if (found === undefined) return { state: "in-hand" };
  const why = givenUp(found, now);
  if (why !== undefined) {
    const { id, startedAt, runs } = found;
    if (!(await snapshots.fail(of, { id, startedAt, failedAt: now, runs, why }, holder))) return { state: "in-hand" };
    await snapshots.discard({ ...of, id }, found.pieces);
    if (o.goesOn !== undefined) return { state: "failed", id, why };
  }
  const begun = why === undefined ? found : await snapshots.take(of, fresh, hold);
  if (begun === undefined) return { state: "in-hand" };
  try {
    return await goOn(deps, scanner, of, begun, holder, o);
  } catch (error) {
    // Whoever tries again goes on at once, and not only when this run's time would be over.
    const fault = error instanceof Error ? error.message : String(error);
    await snapshots.cutOff(of, { ...begun, fault }, holder).catch(() => undefined);
    throw error;
  }
}

async function goOn(
  deps: SnapshotDeps,
  scanner: ClusterScanner,
  of: ClusterRef,
  begun: Unfinished,
  holder: string,
  o: TakeOptions,
): Promise<Taken> {
  const { snapshots, clock } = deps;
  const ref = { ...of, id: begun.id };
  const scanned: SomeListings[] = [];
  const hasTime = (): boolean => clock.now() < o.endsAt - STORING_MILLISECONDS;

  const left: ScanPage[] = [...(begun.toScan ?? (await scanner.pages()))];
  const toSweep = [...begun.toSweep];
  await Promise.all(
    Array.from({ length: pagesAtOnce }, async () => {
      // At least one page in a run: one that always ran out of time would never end.
      for (let isFirst = true; left.length > 0 && (hasTime() || (isFirst && scanned.length === 0)); isFirst = false) {
        const page = left.shift();
        if (page === undefined) break;
        const read = await beforeEnd(scanner.scan(page), o.readingEnds);
        if (read === undefined) {
          left.unshift(page);
          break;
        }
        scanned.push(read);
        const { part, ...range } = page;
        if (part === "topics") toSweep.push(range);
      }
    }),
  );
  const earlier = begun.pieces.length === 0 ? [] : await snapshots.pages(ref, begun.pieces);
  if (left.length === 0)
    while (toSweep.length > 0 && hasTime()) {
      const range = toSweep.shift();
      if (range === undefined) break;
      const swept = await sweepOnce(deps, scanner, range, [...earlier, ...scanned], o);
      if (swept === undefined) {
        toSweep.unshift(range);
        break;
      }
      scanned.push(swept);
    }

  const firstChunk = begun.pieces.reduce((sum, { chunks }) => sum + chunks, 0);
  const saved = scanned.length === 0 ? undefined : await snapshots.savePiece(ref, firstChunk, scanned);
  const pieces = saved === undefined ? begun.pieces : [...begun.pieces, saved.piece];
  const storedBytes = begun.storedBytes + (saved?.bytes ?? 0);
  if (left.length > 0 || toSweep.length > 0) {
    const { fault: _over, ...same } = begun;
    const unfinished = { ...same, pieces, storedBytes, toScan: left, toSweep };
    if (!(await snapshots.cutOff(of, unfinished, holder))) return { state: "in-hand" };
    return { state: "cut-off", id: begun.id, pagesLeft: left.length + toSweep.length };
  }
  const before = await snapshots.headers(of);
  const header: SnapshotHeader = {
    id: begun.id,
    startedAt: begun.startedAt,
    endedAt: clock.now(),
    isDaily: isFirstOfItsDay(begun.startedAt, before),
    keptFor: [],
    pieces,
    storedBytes,
    counts: countsOf(assemble([...earlier, ...scanned], begun.startedAt)),
  };
  if (!(await snapshots.finish(of, header, holder))) return { state: "in-hand" };
  for (const old of mayExpire(before)) await snapshots.expire(of, old, clock.now() + EXPIRES_AFTER_MILLISECONDS);
  return { state: "whole", header };
}

/** Undefined: what the page brings comes too late, and whether it failed after that is nobody's concern. */
async function beforeEnd(reading: Promise<SomeListings>, ends: Promise<unknown> | undefined) {
  if (ends === undefined) return reading;
  const late = ends.then(() => undefined);
  reading.catch(() => undefined);
  return Promise.race([reading, late]);
}

/** Throughput of the topics of one range; undefined where the time between the sweeps does not fit any more. */
async function sweepOnce(
  { clock }: SnapshotDeps,
  scanner: ClusterScanner,
  range: NameRange,
  pages: readonly SomeListings[],
  o: TakeOptions,
): Promise<SomeListings | undefined> {
  const first = pages
    .flatMap(({ topics }) => (topics === undefined ? [] : [topics]))
    .find(({ items }) => items.some(({ name }) => isWithin(name, range)));
  if (first === undefined) return {};
  const waits = first.readAt + o.sweepMilliseconds - clock.now();
  if (clock.now() + Math.max(0, waits) >= o.endsAt - STORING_MILLISECONDS) return undefined;
  if (waits > 0) await clock.sleep(waits);
  const sweep = await scanner.sweep(range);
  return { throughput: throughputOf(first, sweep) };
}
