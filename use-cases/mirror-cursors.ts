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
import type { Direction } from "./ports/replicator.ts";
import type { WaveItems } from "./ports/wave-store.ts";
import { type AttemptRef, readWindow, windowOf } from "./windows.ts";

const storedSchema = z.record(z.string(), z.unknown());
/** The window that holds how far a direction was compared. */
export const cursorsOf = (direction: Direction): string => `${direction}-content`;

/** How far a direction's mirror has been compared, per partition; undefined: the comparison has not begun. */
export async function readCursors<A extends Side, B extends Side>(
  items: WaveItems,
  of: AttemptRef,
  direction: Direction,
): Promise<PartitionMap<MirrorCursor<A, B>> | undefined> {
  const stored = await readWindow(items, of, cursorsOf(direction), storedSchema);
  if (stored === undefined) return undefined;
  return new Map(
    Object.entries(stored).map(([partition, cursor]) => [partition as PartitionKey, loadedMirrorCursor<A, B>(cursor)]),
  );
}

export const writeCursors = async <A extends Side, B extends Side>(
  items: WaveItems,
  of: AttemptRef,
  direction: Direction,
  cursors: PartitionMap<MirrorCursor<A, B>>,
): Promise<void> => {
  await items.put(
    of,
    "WINDOW",
    cursorsOf(direction),
    windowOf(
      of,
      Object.fromEntries([...cursors].map(([partition, cursor]) => [partition, storedMirrorCursor(cursor)])),
    ),
  );
};

/** What the forward mirror's comparison has proved: spares a translation of a lagging group reading all that it lags. */
export async function readProved(
  items: WaveItems,
  of: AttemptRef,
): Promise<PartitionMap<ProvedThrough<"source", "target">>> {
  const cursors = await readCursors<"source", "target">(items, of, "forward");
  const proved = new Map<PartitionKey, ProvedThrough<"source", "target">>();
  for (const [key, cursor] of cursors ?? []) {
    const through = provedThrough(cursor);
    if (through !== undefined) proved.set(key, through);
  }
  return proved;
}
