import * as z from "#core/schema.ts";
import { kinds } from "./assemble.ts";
import { SCAN_PARTS } from "./scan-part.ts";
import type { Kind, Listings } from "./snapshot.ts";

/** Of each kind, how many items there are and how many gaps. */
export type Counts = Readonly<Record<Kind, { readonly items: number; readonly gaps: number }>>;

export const countsOf = (listings: Listings): Counts =>
  Object.fromEntries(
    kinds.map((kind) => [kind, { items: listings[kind].items.length, gaps: listings[kind].gaps.length }]),
  ) as Counts;

const count = z.strictObject({ items: z.int(), gaps: z.int() });

/** Pages that were stored together: chunks of one compressed text, and the SHA-256 of it. */
export const pieceSchema = z.strictObject({
  firstChunk: z.int(),
  chunks: z.int().check(z.minimum(1)),
  digest: z.string(),
});
export type Piece = z.output<typeof pieceSchema>;

/** What is written last of a snapshot: without it there is none. */
export const headerSchema = z.strictObject({
  id: z.string(),
  startedAt: z.int(),
  endedAt: z.int(),
  /** The first of its day (UTC). */
  isDaily: z.boolean(),
  /** Plans and gates that refer to it. */
  keptFor: z.array(z.string()),
  pieces: z.array(pieceSchema).check(z.minLength(1)),
  storedBytes: z.int(),
  counts: z.record(z.string(), count),
});
export type SnapshotHeader = z.output<typeof headerSchema>;

const rangeSchema = { after: z.optional(z.string()), upTo: z.optional(z.string()) };

/** A snapshot that is being taken, or that was cut off and goes on. */
export const unfinishedSchema = z.strictObject({
  id: z.string(),
  startedAt: z.int(),
  pieces: z.array(pieceSchema),
  storedBytes: z.int(),
  /** Undefined until the cluster was asked what there is. */
  toScan: z.optional(
    z.array(
      z.strictObject({
        part: z.enum(SCAN_PARTS),
        ...rangeSchema,
      }),
    ),
  ),
  /** Ranges of topics of which a second sweep is due. */
  toSweep: z.array(z.strictObject(rangeSchema)),
  /** How often it was taken up, this time included: a run that was killed counts too. */
  runs: z.int(),
  /** By which the run before ended. */
  fault: z.optional(z.string()),
});
export type Unfinished = z.output<typeof unfinishedSchema>;

/** The last snapshot of a cluster that was given up. */
export const failureSchema = z.strictObject({
  id: z.string(),
  startedAt: z.int(),
  failedAt: z.int(),
  runs: z.int(),
  why: z.string(),
});
export type SnapshotFailure = z.output<typeof failureSchema>;

/** What is older would be of two different days, and what takes so many runs never ends. */
const OLDEST_MILLISECONDS = 3_600_000;
const MOST_RUNS = 20;

/** Why a snapshot that was taken up again is given up; undefined where it goes on. */
export function givenUp({ startedAt, runs, toScan, toSweep, fault }: Unfinished, now: number): string | undefined {
  const minutes = Math.round((now - startedAt) / 60_000);
  if (now - startedAt <= OLDEST_MILLISECONDS && runs <= MOST_RUNS) return undefined;
  const [next] = toScan ?? [];
  const left =
    toScan === undefined
      ? "no run came so far as to store anything"
      : next === undefined
        ? `only second sweeps were left, of ranges of topics: ${toSweep.length}`
        : `pages left: ${toScan.length}, the next of them ${pageName(next)}`;
  return `not whole after ${runs - 1} runs in ${minutes} min, where ${MOST_RUNS} runs within ${OLDEST_MILLISECONDS / 60_000} min were expected to be enough; ${left}${fault === undefined ? "" : `; the last run ended with: ${fault}`}. Look in the log of the function inventory-take-snapshot for how its runs ended, and whether every broker answers; then take a new snapshot`;
}

const pageName = ({ part, after, upTo }: { part: string; after?: string | undefined; upTo?: string | undefined }) =>
  `${part}${after === undefined ? "" : ` after ${after}`}${upTo === undefined ? "" : ` up to ${upTo}`}`;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const isFirstOfItsDay = (startedAt: number, earlier: readonly SnapshotHeader[]): boolean =>
  earlier.every((header) => dayOf(header.startedAt) !== dayOf(startedAt));

/** Those that nothing keeps once there is a newer one. Of the newest few: those before them were let go when these came. */
export const mayExpire = (newestFirst: readonly SnapshotHeader[]): readonly SnapshotHeader[] =>
  newestFirst.slice(0, 3).filter(({ isDaily, keptFor }) => !isDaily && keptFor.length === 0);
