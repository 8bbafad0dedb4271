import { assemble } from "#core/inventory/assemble.ts";
import { countsOf, isFirstOfItsDay, mayExpire, type SnapshotHeader, type Unfinished } from "#core/inventory/kept.ts";
import { isWithin, type NameRange } from "#core/inventory/name-range.ts";
import type { SomeListings } from "#core/inventory/snapshot.ts";
import { throughputOf } from "#core/inventory/throughput.ts";
import type { Clock } from "./ports/clock.ts";
import type { ClusterScanner } from "./ports/cluster-scanner.ts";
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
};

export type Taken =
  | { readonly state: "whole"; readonly header: SnapshotHeader }
  /** The time was over: to be taken up again, from where it was cut off. */
  | { readonly state: "cut-off"; readonly id: string; readonly pagesLeft: number }
  /** Somebody else takes one of this cluster just now. */
  | { readonly state: "in-hand" };

/** Of the time that is there, what storing needs at the end. */
const STORING_MILLISECONDS = 10_000;
const pagesAtOnce = 3;
/** One that nobody took up for so long would be of two different days. */
const TOO_OLD_MILLISECONDS = 3_600_000;
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
  const found = await snapshots.take(of, fresh, { holder, now, until: o.endsAt });
  if (found === undefined) return { state: "in-hand" };
  const isTooOld = now - found.startedAt > TOO_OLD_MILLISECONDS;
  if (isTooOld) await snapshots.discard({ ...of, id: found.id }, found.pieces);
  const begun = isTooOld ? fresh : found;
  const ref = { ...of, id: begun.id };
  const scanned: SomeListings[] = [];
  const hasTime = (): boolean => clock.now() < o.endsAt - STORING_MILLISECONDS;

  const left = [...(begun.toScan ?? (await scanner.pages()))];
  const toSweep = [...begun.toSweep];
  await Promise.all(
    Array.from({ length: pagesAtOnce }, async () => {
      // At least one page in a run: one that always ran out of time would never end.
      for (let isFirst = true; left.length > 0 && (hasTime() || (isFirst && scanned.length === 0)); isFirst = false) {
        const page = left.shift();
        if (page === undefined) break;
        scanned.push(await scanner.scan(page));
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
    const unfinished = { ...begun, pieces, storedBytes, toScan: left, toSweep, runs: begun.runs + 1 };
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
