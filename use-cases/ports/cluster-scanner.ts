/**
 * What a snapshot needs from one Kafka cluster, and from what stands beside it. Everything is read; nothing is changed. What
 * cannot be learnt is a gap or an unknown part of an item, with what would cure it; a fault is thrown only where nobody of the
 * cluster answers, and never by those beside it.
 */
import type { NameRange } from "#core/inventory/name-range.ts";
import type { ScanPart } from "#core/inventory/scan-part.ts";
import type { SomeListings } from "#core/inventory/snapshot.ts";
import type { Sweep } from "#core/inventory/throughput.ts";

/** A piece of work of seconds. Pages of a part have ranges that meet, so that a topic made meanwhile falls into one. */
export type ScanPage<Part extends ScanPart = ScanPart> = NameRange & { readonly part: Part };

export interface ClusterScanner<Part extends ScanPart = ScanPart> {
  /** All there is to read, in the order in which it is best read. */
  pages(): Promise<readonly ScanPage<Part>[]>;
  /** Listings of the kinds that the page's part is about. */
  scan(page: ScanPage<Part>): Promise<SomeListings>;
  /** Ends and sizes again, of the topics in a range. */
  sweep(range: NameRange): Promise<Sweep>;
}

/** Reads parts that the cluster itself does not tell: its schema registry, its Connect workers. */
export interface BesideScanner<Part extends ScanPart = ScanPart> {
  readonly parts: readonly Part[];
  pages(): Promise<readonly ScanPage<Part>[]>;
  scan(page: ScanPage<Part>): Promise<SomeListings>;
  close(): Promise<void>;
}
