import type { OffsetOn, Side } from "#core/kafka/offset.ts";
import type { TopicPartition } from "#core/kafka/topic-partition.ts";
import { isSameRecord, type VisibleRecord } from "#core/kafka/visible-record.ts";

/** What stands at a translated position, read after the commit: `to` first, then `from`. */
export type TranslatedPosition<A extends Side, B extends Side> = {
  readonly partition: TopicPartition;
  readonly committed: OffsetOn<A>;
  readonly translated: OffsetOn<B>;
  /** The frontier of the translation. */
  readonly frontier: OffsetOn<A>;
  /** The first visible record at or after the offset; undefined at the end. */
  readonly next: { readonly from: VisibleRecord<A> | undefined; readonly to: VisibleRecord<B> | undefined };
};

export type Proof = { readonly isProved: true } | { readonly isProved: false; readonly because: string };

/** A group that resumes at the translated offset gets the record that it would have got at its commit. */
export const proof = <A extends Side, B extends Side>(position: TranslatedPosition<A, B>): Proof => {
  const { from, to } = position.next;
  const where = `${position.partition.topic}/${position.partition.partition}: commit ${position.committed} was translated to ${position.translated}`;
  if (to === undefined) {
    // A record the mirror had not passed may come to the other side later.
    if (from === undefined || from.offset >= position.frontier) return { isProved: true };
    return refuted(`${where}, which is the end, but record ${from.offset} follows the commit and was mirrored`);
  }
  if (from === undefined) return refuted(`${where}, where record ${to.offset} follows, but nothing follows the commit`);
  if (isSameRecord(from, to)) return { isProved: true };
  return refuted(
    `${where}, where record ${to.offset} (time ${to.timestamp}, content ${to.fingerprint}) follows; expected record ${from.offset} (time ${from.timestamp}, content ${from.fingerprint})`,
  );
};

const refuted = (because: string): Proof => ({ isProved: false, because });
