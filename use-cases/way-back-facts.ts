import type { PartitionKey } from "#core/kafka/topic-partition.ts";
import type { WayBackFacts } from "#core/wave/eligibility.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { lateRecords, lateWriters } from "./late-writers.ts";
import type { Deps } from "./ports/deps.ts";
import { type Fact, readFact } from "./wave-facts.ts";

type Seen = Fact<"way-back">;

/** As eligibility judges them. */
export async function wayBackFacts(
  { store }: Pick<Deps, "store">,
  row: WaveRow,
  evidenceSeconds: number,
): Promise<WayBackFacts | undefined> {
  const ref: WaveRef = { migration: row.migration, wave: row.wave };
  const seen = await readFact(store.items, ref, "way-back");
  if (seen === undefined || seen.attempt !== row.attempt) return undefined;
  return {
    at: seen.at,
    seenAt: seen.seenAt,
    expiresAt: seen.at + evidenceSeconds * 1000,
    ...(seen.targetProblem !== undefined && { targetProblem: seen.targetProblem }),
    ...(seen.reverseProblem !== undefined && { reverseProblem: seen.reverseProblem }),
    hasProducers: seen.hasProducers,
    unmirrored: onlyOnTarget(seen),
    lateRecords: lateRecords(await lateWriters(store.items, ref, row.attempt)),
    groups: Object.entries(seen.groups).map(([group, { positions, problem }]) => ({
      group,
      repeats: Object.entries(positions).reduce((sum, [key, at]) => sum + repeatsAt(seen, key, at), 0),
      ...(problem !== undefined && { problem }),
    })),
  };
}

/** While producers write to the source it has every record. */
export const onlyOnTarget = ({ hasProducers, tails }: Pick<Seen, "hasProducers" | "tails">): number =>
  hasProducers
    ? Object.values(tails).reduce((sum, { records, carried, missing }) => sum + missing + records - carried, 0)
    : 0;

/** Of what a group has read behind the point, it goes on behind all that is known by content and has come to the source. */
function repeatsAt(
  { tails }: Seen,
  key: string,
  { ahead, repeats }: Seen["groups"][string]["positions"][string],
): number {
  const tail = tails[key as PartitionKey];
  if (tail === undefined) return repeats;
  const onSource = Math.min(ahead, tail.carried);
  return repeats + onSource - Math.min(onSource, tail.identities.length);
}
