/**
 * What a snapshot needs from one Kafka cluster. Everything is read; nothing is changed. What cannot be learnt is a gap or an
 * unknown part of an item, with the ACL that would cure it; a fault is thrown only where nobody of the cluster answers.
 */
import type { NameRange } from "#core/inventory/name-range.ts";
import type { SomeListings } from "#core/inventory/snapshot.ts";
import type { Sweep } from "#core/inventory/throughput.ts";

/** What is read in one go, so that its items fit together. */
export type ScanPart = "overview" | "topics" | "groups" | "producers" | "transactions" | "access";

/** A piece of work of seconds. Pages of a part have ranges that meet, so that a topic made meanwhile falls into one. */
export type ScanPage = NameRange & { readonly part: ScanPart };
/** What others than the cluster's brokers tell of it. */
export type EstatePage = NameRange & { readonly part: ScanPart | "operations" };

export interface ClusterScanner {
  /** All there is to read, in the order in which it is best read. */
  pages(): Promise<readonly ScanPage[]>;
  /** Listings of the kinds that the page's part is about. */
  scan(page: ScanPage): Promise<SomeListings>;
  /** Ends and sizes again, of the topics in a range. */
  sweep(range: NameRange): Promise<Sweep>;
}

/** The cluster with what is around it: what a whole snapshot is taken of. */
export type EstateScanner = Pick<ClusterScanner, "sweep"> & {
  pages(): Promise<readonly EstatePage[]>;
  scan(page: EstatePage): Promise<SomeListings>;
};
