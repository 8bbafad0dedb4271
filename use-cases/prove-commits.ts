import { OperatorFault } from "#core/fault.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import { sameCommits } from "./group-progress.ts";
import type { Cluster, Commit } from "./ports/cluster.ts";
import type { GroupOn } from "./see-group.ts";
import { proveTranslations } from "./translate-offsets.ts";

/** Read back, and both sides' next records compared: what the group gets on `to` is what it would have got on `from`. */
export async function proveCommits<A extends Side, B extends Side>(
  from: Cluster<A>,
  { cluster: to, group, partitions }: GroupOn<B>,
  positions: PartitionMap<Commit<A>>,
  translated: PartitionMap<Commit<B>>,
  frontier: () => Promise<PartitionMap<bigint>>,
): Promise<void> {
  const back = await to.groups.committed(group.id, partitions);
  if (!sameCommits(back, translated))
    throw new OperatorFault(
      `the offsets of group ${group.id} on the ${to.side} are not those that were committed; look who else commits there`,
    );
  if (group.plan !== "exact") return;
  const through = await frontier();
  const translations = new Map(
    [...translated].map(([key, commit]) => [
      key,
      {
        committed: positions.get(key)?.offset ?? offsetOn<A>(0n),
        translated: commit.offset,
        frontier: offsetOn<A>(through.get(key) ?? 0n),
      },
    ]),
  );
  const proofs = await proveTranslations({ from: from.log, to: to.log }, translations);
  const refuted = [...proofs.values()].flatMap((proof) => (proof.isProved ? [] : [proof.because]));
  if (refuted.length > 0)
    throw new OperatorFault(`the offsets of group ${group.id} are refuted by content: ${refuted.join("; ")}`);
}
