import type { TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Group } from "#core/migration/migration.ts";
import { connectorName } from "#core/wave/connector-name.ts";
import { groupPositions } from "./group-positions.ts";
import { foreignCommits, readProgress } from "./group-progress.ts";
import { mapConcurrently } from "./map-concurrently.ts";
import { type Finding, type Measuring, unlessItFails } from "./measuring.ts";
import { readProved } from "./mirror-cursors.ts";
import { postAnew } from "./post-anew.ts";
import { memberNames } from "./see-group.ts";
import { translateForPlan } from "./translate-for-plan.ts";
import { partitionsOf } from "./wave-topics.ts";

/** How long the mirror is waited for, so that a group at the end of a live partition can be translated. */
const WAIT_MILLISECONDS = 3_000;
const POLL_MILLISECONDS = 100;
const GROUPS_AT_ONCE = 8;

/** Gate offset-plan: a dry run of each group's translation resolves every partition, and nothing foreign has its name on the target. */
export async function measureOffsetPlan(measuring: Measuring): Promise<readonly Finding[]> {
  const { plan, estate, migration, at, look } = measuring;
  if (plan.groups.length === 0) return [{ check: "groups", verdict: "pass", reason: "the wave has no consumer group" }];
  const known = (await look.evidence()).get("offset-plan") ?? [];
  const topics = await look.topics(estate, "source", plan.topics);
  const partitions = [...topics.values()].flatMap(partitionsOf);
  // A dry run reads logs: one that passed is good for a third of its evidence's life.
  const freshMilliseconds = (migration.policy.evidenceSeconds * 1000) / 3;
  const due = plan.groups.filter(
    (group) => !known.some((c) => c.check === group.id && c.verdict === "pass" && at - c.at < freshMilliseconds),
  );
  return mapConcurrently(due, GROUPS_AT_ONCE, (group) =>
    unlessItFails(group.id, () => dryRun({ ...measuring, attempt: measuring.row.attempt }, group, partitions)),
  );
}

/** Whether a group's offsets would translate now; changes nothing. */
export async function dryRun(
  { deps, ref, estate, attempt }: Pick<Measuring, "deps" | "ref" | "estate"> & { readonly attempt: number },
  group: Group,
  partitions: readonly TopicPartition[],
): Promise<Finding> {
  const check = group.id;
  const [described, onTarget, present, committed, progress] = await Promise.all([
    estate.source.groups.describe([group.id]),
    estate.target.groups.describe([group.id]),
    estate.target.groups.committed(group.id, partitions),
    estate.source.groups.committed(group.id, partitions),
    readProgress(deps.store.items, ref, group.id, attempt),
  ]);
  const foreign = foreignCommits(progress, present);
  const kind = described.get(group.id)?.kind;
  if (kind === "share")
    return {
      check,
      verdict: "fail",
      reason: `a share group has no positions that translate; ${postAnew("take it out of the wave")}`,
    };
  if (committed.size === 0 && (described.get(group.id)?.state ?? "absent") === "absent")
    return {
      check,
      verdict: "fail",
      reason: `no group ${group.id} is on the source; let its consumer commit there once, or ${postAnew("correct waves[].groups[].id")}`,
    };
  if (foreign.length > 0)
    return {
      check,
      verdict: "fail",
      reason: `a group ${group.id} has offsets on the target already (${foreign.map(([key, c]) => `${key} at ${c.offset}`).join(", ")}); delete them there (kafka-consumer-groups --delete-offsets …) or rename the group`,
    };
  // A cluster that was lost and is back remembers members until their sessions end: stopped now, the group would stand still for them.
  const members = memberNames(onTarget.get(group.id));
  if (members !== "")
    return {
      check,
      verdict: "hold",
      reason: `group ${group.id} has members on the target: ${members}; stop them there, or wait until the sessions of those that are gone have ended`,
    };
  const positions = await groupPositions(estate.source, group, partitions, committed);
  const forward = connectorName(ref, attempt, "forward");
  for (const begun = deps.clock.now(); ; await deps.clock.sleep(POLL_MILLISECONDS)) {
    const planned = await translateForPlan(
      estate,
      group,
      positions,
      await estate.replicator.replicatedThrough("forward", forward),
      await readProved(deps.store.items, { ...ref, attempt }),
    );
    if (planned.unresolved.length > 0) return { check, verdict: "fail", reason: planned.unresolved.join("; ") };
    if (planned.waits.length === 0) {
      const without = positions.size - committed.size;
      return {
        check,
        verdict: "pass",
        reason: `plan ${group.plan}: all ${positions.size} partitions resolve${without > 0 ? `, ${without} of them without a commit, by reset ${group.reset}` : ""}`,
      };
    }
    if (deps.clock.now() - begun > WAIT_MILLISECONDS)
      return { check, verdict: "hold", reason: `the mirror is not there yet: ${planned.waits.join("; ")}` };
  }
}
