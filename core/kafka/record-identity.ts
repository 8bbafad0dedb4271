import type { Side } from "./offset.ts";
import type { VisibleRecord } from "./visible-record.ts";

/** Key of a record in sets: equal for two records exactly where `isSameRecord` says so. */
export const recordIdentity = (record: VisibleRecord<Side>): string => `${record.timestamp}:${record.fingerprint}`;
