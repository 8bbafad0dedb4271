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
  /** How often it was taken up. */
  runs: z.int(),
});
export type Unfinished = z.output<typeof unfinishedSchema>;

const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const isFirstOfItsDay = (startedAt: number, earlier: readonly SnapshotHeader[]): boolean =>
  earlier.every((header) => dayOf(header.startedAt) !== dayOf(startedAt));

/** Those that nothing keeps once there is a newer one. Of the newest few: those before them were let go when these came. */
export const mayExpire = (newestFirst: readonly SnapshotHeader[]): readonly SnapshotHeader[] =>
  newestFirst.slice(0, 3).filter(({ isDaily, keptFor }) => !isDaily && keptFor.length === 0);
