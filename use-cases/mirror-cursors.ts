import type { Side } from "#core/kafka/offset.ts";
import type { PartitionKey, PartitionMap } from "#core/kafka/topic-partition.ts";
import type { ProvedThrough } from "#core/offsets/translation.ts";
import * as z from "#core/schema.ts";
import {
  loadedMirrorCursor,
  type MirrorCursor,
  provedThrough,
  storedMirrorCursor,
} from "#core/verification/mirror-cursor.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import type { Direction } from "./ports/replicator.ts";
import type { WaveItems } from "./ports/wave-store.ts";

const storedSchema = z.record(z.string(), z.unknown());
/** The window that holds how far a direction was compared. */
export const cursorsOf = (direction: Direction): string => `${direction}-content`;

/** How far a direction's mirror has been compared, per partition; undefined: the comparison has not begun. */
export async function readCursors<A extends Side, B extends Side>(
  items: WaveItems,
  ref: WaveRef,
  direction: Direction,
): Promise<PartitionMap<MirrorCursor<A, B>> | undefined> {
  const stored = await items.get(ref, "WINDOW", cursorsOf(direction));
  if (stored === undefined) return undefined;
  return new Map(
    Object.entries(storedSchema.parse(stored)).map(([partition, cursor]) => [
      partition as PartitionKey,
      loadedMirrorCursor<A, B>(cursor),
    ]),
  );
}

export const writeCursors = <A extends Side, B extends Side>(
  items: WaveItems,
  ref: WaveRef,
  direction: Direction,
  cursors: PartitionMap<MirrorCursor<A, B>>,
): Promise<void> =>
  items.put(
    ref,
    "WINDOW",
    cursorsOf(direction),
    Object.fromEntries([...cursors].map(([partition, cursor]) => [partition, storedMirrorCursor(cursor)])),
  );

/** What the forward mirror's comparison has proved: spares a translation of a lagging group reading all that it lags. */
export async function readProved(
  items: WaveItems,
  ref: WaveRef,
): Promise<PartitionMap<ProvedThrough<"source", "target">>> {
  const cursors = await readCursors<"source", "target">(items, ref, "forward");
  const proved = new Map<PartitionKey, ProvedThrough<"source", "target">>();
  for (const [key, cursor] of cursors ?? []) {
    const through = provedThrough(cursor);
    if (through !== undefined) proved.set(key, through);
  }
  return proved;
}
