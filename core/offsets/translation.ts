import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import type { TopicPartition } from "#core/kafka/topic-partition.ts";
import type { LogEnds } from "./reading.ts";

/** The settings of a topic on one side that decide whether content and time can identify its records. */
export type TopicTraits = {
  /** Effective `cleanup.policy`. */
  readonly cleanupPolicy: string;
  /** Effective `message.timestamp.type`. */
  readonly timestampType: string;
};

/**
 * What a comparison of the whole mirror has already proved (see `MirrorCursor`): visible records of `from` before `fromOffset`
 * and of `to` before `toOffset` match one to one, but for repeats, the last of which stands at `lastRepeatAt`.
 */
export type ProvedThrough<A extends Side, B extends Side> = {
  readonly fromOffset: OffsetOn<A>;
  readonly toOffset: OffsetOn<B>;
  readonly lastRepeatAt?: OffsetOn<B>;
};

export type TranslationRequest<A extends Side, B extends Side> = {
  readonly partition: TopicPartition;
  /** The position to translate: the group has processed everything visible before it. */
  readonly committed: OffsetOn<A>;
  /** Everything visible on the from side before this offset has been mirrored. Read before `to.ends`. */
  readonly frontier: OffsetOn<A>;
  /** `to.ends` must be read before `from.ends`: then no record of `to` before its end is unknown to `from`. */
  readonly from: { readonly ends: LogEnds<A>; readonly topic: TopicTraits };
  readonly to: { readonly ends: LogEnds<B>; readonly topic: TopicTraits };
  readonly proved?: ProvedThrough<A, B>;
};

/** How a position was found, for evidence and reports. */
export type TranslationBasis = {
  /** Right after the copy of the last record before the commit; at the copy of the first one after it; or at the end of an empty log. */
  readonly anchor: "predecessor" | "first" | "empty";
  /**
   * `equal`: both logs hold the same records from the anchor on. `equal-then-proved`: the same, partly known from the mirror's comparison.
   * `counted-back`: they differ (repeats, or records only one side still has), so the position was counted back from the end.
   */
  readonly method: "equal" | "equal-then-proved" | "counted-back";
  /** Visible records at or after the commit that the other side already has. */
  readonly recordsAhead: number;
  readonly requests: number;
  readonly recordsRead: number;
};

export type Translation<A extends Side, B extends Side> =
  /** Reading from `offset` gives exactly what was not processed yet, once. */
  | { readonly kind: "exact"; readonly offset: OffsetOn<B>; readonly basis: TranslationBasis }
  /** The same, but `repeats` records come twice whatever the position: the mirror wrote them again. */
  | {
      readonly kind: "exact-with-repeats";
      readonly offset: OffsetOn<B>;
      readonly repeats: number;
      readonly basis: TranslationBasis;
    }
  /** The mirror has not passed the commit yet; ask again when the frontier is at or beyond `until`. */
  | { readonly kind: "wait"; readonly until: OffsetOn<A>; readonly reason: string }
  | { readonly kind: "unresolved"; readonly reason: string; readonly cure: string };
