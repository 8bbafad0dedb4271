import type { OffsetOn, Side } from "./offset.ts";

/** What a group sees: aborted and open transactions are hidden from `read_committed`, control records from both. */
export type Isolation = "read_committed" | "read_uncommitted";

/**
 * A record identified by its content. `fingerprint` is the same on both clusters whatever the batching and compression:
 * the first 128 bits of SHA-256 over the bytes from key length to the end of headers of a v2 record (hex, 32 characters).
 */
export type VisibleRecord<S extends Side> = {
  readonly offset: OffsetOn<S>;
  /** Milliseconds since the epoch, as the record carries it (create time) or the broker set it (log-append time). */
  readonly timestamp: bigint;
  readonly fingerprint: string;
};

/** Same record on both sides: same content and same create time. */
export const isSameRecord = (a: VisibleRecord<Side>, b: VisibleRecord<Side>): boolean =>
  a.fingerprint === b.fingerprint && a.timestamp === b.timestamp;
