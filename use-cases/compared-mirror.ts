import { offsetOn, type Side } from "#core/kafka/offset.ts";
import type { PartitionKey, PartitionMap, TopicPartition } from "#core/kafka/topic-partition.ts";
import { beginMirrorCursor, type MirrorCursor } from "#core/verification/mirror-cursor.ts";
import type { WaveRef } from "#core/wave/wave.ts";
import { compareMirror, type MirrorComparison } from "./compare-mirror.ts";
import { readCursors } from "./mirror-cursors.ts";
import type { Cluster } from "./ports/cluster.ts";
import type { Direction } from "./ports/replicator.ts";
import type { WaveItems } from "./ports/wave-store.ts";
import { loadedPositions } from "./stored-positions.ts";
import { needFact, readFact } from "./wave-facts.ts";
import type { AttemptRef } from "./windows.ts";

type Logs<A extends Side, B extends Side> = { readonly from: Cluster<A>; readonly to: Cluster<B> };

/** Where the forward mirror's comparison begins: at this attempt's origin, or at both logs' starts. */
export async function forwardOrigin(
  items: WaveItems,
  ref: WaveRef,
  attempt: number,
  { from, to }: Logs<"source", "target">,
  partitions: readonly TopicPartition[],
): Promise<PartitionMap<MirrorCursor<"source", "target">>> {
  const origin = await readFact(items, ref, "forward-origin");
  const known = origin?.attempt === attempt ? origin : undefined;
  const [source, target] = [loadedPositions(known?.source ?? {}), loadedPositions(known?.target ?? {})];
  const [up, down] = await Promise.all([from.log.ends(partitions), to.log.ends(partitions)]);
  return new Map(
    [...up].flatMap(([key, ends]) => {
      const there = down.get(key);
      if (there === undefined) return [];
      const begin = beginMirrorCursor<"source", "target">(
        offsetOn<"source">(source.get(key) ?? ends.logStart),
        offsetOn<"target">(target.get(key) ?? there.logStart),
      );
      return [[key, begin] as const];
    }),
  );
}

/** Where the reverse mirror's comparison begins: at the watermarks. */
export async function reverseOrigin(
  items: WaveItems,
  ref: WaveRef,
): Promise<PartitionMap<MirrorCursor<"target", "source">>> {
  const watermarks = await needFact(items, ref, "watermarks");
  return new Map(
    Object.entries(watermarks.target).map(([key, at]) => [
      key as PartitionKey,
      beginMirrorCursor<"target", "source">(
        offsetOn<"target">(BigInt(at)),
        offsetOn<"source">(BigInt(watermarks.source[key] ?? "0")),
      ),
    ]),
  );
}

/** The comparison that the ticks have begun, gone on with to the ends of now, without storing it. */
export async function compareToTheEnd<A extends Side, B extends Side>(
  items: WaveItems,
  of: AttemptRef,
  direction: Direction,
  { from, to }: Logs<A, B>,
  o: {
    readonly begin: () => Promise<PartitionMap<MirrorCursor<A, B>>>;
    readonly frontier: PartitionMap<bigint>;
    /** Asked between two parts of a long comparison. */
    readonly stillMine: () => Promise<void>;
  },
): Promise<MirrorComparison<A, B>> {
  let cursors = (await readCursors<A, B>(items, of, direction)) ?? (await o.begin());
  for (;;) {
    const compared = await compareMirror({ from: from.log, to: to.log }, { cursors, frontier: o.frontier });
    const hasMoved = [...compared.cursors].some(([key, { toOffset }]) => toOffset > (cursors.get(key)?.toOffset ?? 0n));
    const isBehind = [...compared.behind.values()].some((behind) => behind.to > 0n);
    if (!isBehind || !hasMoved) return compared;
    cursors = compared.cursors;
    await o.stillMine();
  }
}
