import { OperatorFault } from "#core/fault.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import { foreignCommits, type GroupProgress } from "./group-progress.ts";
import type { Commit } from "./ports/cluster.ts";
import { type GroupOn, memberNames } from "./see-group.ts";

/**
 * A commit into a group of that name that is somebody else's would move them: it must hold nothing but ours. Answers what it
 * holds; `cure` is called before it is refused, and says what was done about it.
 */
export async function refuseForeignOffsets(
  { cluster, group, partitions }: GroupOn<"target">,
  progress: GroupProgress,
  cure: () => Promise<string> = async () => "",
): Promise<PartitionMap<Commit<"target">>> {
  const { groups } = cluster;
  const [described, present] = await Promise.all([groups.describe([group.id]), groups.committed(group.id, partitions)]);
  const members = memberNames(described.get(group.id));
  const foreign = foreignCommits(progress, present);
  if (members === "" && foreign.length === 0) return present;
  const done = await cure();
  throw new OperatorFault(
    members === ""
      ? `group ${group.id} has offsets on the target that this wave did not commit (${foreign.map(([key, c]) => `${key} at ${c.offset}`).join(", ")}); delete them (kafka-consumer-groups --delete-offsets --group ${group.id} …) or rename the group${done}`
      : `group ${group.id} has members on the target before it moved: ${members}; stop them there${done}`,
  );
}
