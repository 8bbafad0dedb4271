import type { PartitionKey, PartitionMap } from "#core/kafka/topic-partition.ts";
import type { WayBackFacts } from "#core/wave/eligibility.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import type { Deps } from "./ports/deps.ts";
import { readFact } from "./wave-facts.ts";

/** As eligibility judges them; what the reverse mirror has carried since the target went away is not lost. */
export async function wayBackFacts(
  { store }: Pick<Deps, "store">,
  row: WaveRow,
  evidenceSeconds: number,
  throughNow?: PartitionMap<bigint>,
): Promise<WayBackFacts | undefined> {
  const ref: WaveRef = { migration: row.migration, wave: row.wave };
  const seen = await readFact(store.items, ref, "way-back");
  if (seen === undefined || seen.attempt !== row.attempt) return undefined;
  const late = await readFact(store.items, ref, "late-writers");
  const unmirrored = Object.entries(seen.unmirrored).reduce((sum, [key, { records, through }]) => {
    const carried = Number((throughNow?.get(key as PartitionKey) ?? BigInt(through)) - BigInt(through));
    return sum + Math.max(0, records - Math.max(0, carried));
  }, 0);
  return {
    at: seen.at,
    expiresAt: seen.at + evidenceSeconds * 1000,
    ...(seen.targetProblem !== undefined && { targetProblem: seen.targetProblem }),
    ...(seen.reverseProblem !== undefined && { reverseProblem: seen.reverseProblem }),
    unmirrored,
    lateRecords: late?.attempt === row.attempt ? late.records : 0,
    groups: Object.entries(seen.groups).map(([group, { repeats, problem }]) => ({
      group,
      repeats,
      ...(problem !== undefined && { problem }),
    })),
  };
}
