/**
 * What a snapshot needs from one Kafka cluster. Everything is read; nothing is changed. What cannot be learnt is a gap or an
 * unknown part of an item, with the ACL that would cure it; a fault is thrown only where nobody of the cluster answers.
 */
import type { Kind, Kinds } from "#core/inventory/snapshot.ts";
import type { Sweep } from "#core/inventory/throughput.ts";
import type { Listing } from "#core/inventory/unknown.ts";

/** What is read in one go, so that its items fit together. */
export type ScanPart = "overview" | "topics" | "groups" | "producers" | "transactions" | "access";

/** Names after `after` (exclusive) up to `upTo` (inclusive); a bound that is left out has none. */
export type NameRange = { readonly after?: string; readonly upTo?: string };

/** A piece of work of seconds. Pages of a part have ranges that meet, so that a topic made meanwhile falls into one. */
export type ScanPage = NameRange & { readonly part: ScanPart };

/** Listings of the kinds that a page is about. */
export type Scanned = { readonly [K in Kind]?: Listing<Kinds[K]> };

export interface ClusterScanner {
  /** All there is to read, in the order in which it is best read. */
  pages(): Promise<readonly ScanPage[]>;
  scan(page: ScanPage): Promise<Scanned>;
  /** Ends and sizes again, of the topics in a range. */
  sweep(range: NameRange): Promise<Sweep>;
}
