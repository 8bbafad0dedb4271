/**
 * A moment right before or right after a use case changes something outside or writes: what a crash there leaves is what the
 * next run must take up. Before the slashes stands the use case by its file; between them `Port.method`, of a write with its
 * first journal entry in brackets, since one use case writes for more than one reason.
 */
export type CrashPoint = `${string}/${string}/${"before" | "after"}`;

/** Told each point as it is reached, and waited for: a crash is an answer that never comes. Production has none. */
export interface CrashPoints {
  reach(point: CrashPoint): Promise<void>;
}
