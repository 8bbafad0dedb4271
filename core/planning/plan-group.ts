/** Where a group goes on reading, and who brings its records: what is suggested, and why. */

import type { Group as SeenGroup } from "#core/inventory/group.ts";
import { lagOf } from "#core/inventory/lag.ts";
import type { Partition } from "#core/inventory/topic.ts";
import { isUnknown, orElse } from "#core/inventory/unknown.ts";
import type { PartitionMap } from "#core/kafka/topic-partition.ts";
import type { Group } from "#core/migration/migration.ts";
import type { Declared } from "./declared.ts";
import { counted } from "./order-of-names.ts";
import type { PlannedGroup } from "./plan.ts";

export function planGroup(
  group: SeenGroup,
  owner: string | undefined,
  owned: number,
  declared: Declared,
  partitions: PartitionMap<Partition>,
): PlannedGroup {
  const said = declared.groups.get(group.id);
  const suggested = suggest(group, declared.traitsOfGroup(group.id).replaySafe === true, partitions);
  return {
    id: group.id,
    owner,
    ...(said === undefined
      ? suggested
      : {
          plan: said.plan,
          because:
            said.plan === suggested.plan
              ? suggested.because
              : `the file says so (${said.reason ?? "without a reason"}); ${suggested.plan} is possible: ${suggested.because}`,
        }),
    replicator: "mirrormaker2",
    replicatorBecause:
      owned > 0
        ? `it copies ${counted(owned, "topic")} that the application made for itself under the same names, so that its state is not built anew`
        : "it keeps names, keys and time stamps, so that each offset is translated by the record it stands at",
  };
}

function suggest(
  group: SeenGroup,
  isReplaySafe: boolean,
  partitions: PartitionMap<Partition>,
): { readonly plan: Group["plan"]; readonly because: string } {
  const lags = lagOf(group, partitions);
  if (isUnknown(lags)) return { plan: "exact", because: `what it has committed is not known: ${lags.unknown.why}` };
  if (lags.length === 0)
    return { plan: "exact", because: "it has committed nothing, so that the reset policy it declares decides" };
  const lost = lags.filter(({ lostRecords }) => orElse(lostRecords, 0n) > 0n);
  const committed = `it has committed on ${counted(lags.length, "partition")}`;
  if (lost.length > 0 && isReplaySafe)
    return {
      plan: "reset-earliest",
      because: `retention took records before it read them on ${counted(lost.length, "partition")}, and records read again do no harm`,
    };
  if (lost.length > 0)
    return {
      plan: "exact",
      because: `${committed}; on ${lost.length} retention took records before it read them, which its owner must decide about`,
    };
  return {
    plan: "exact",
    because: isReplaySafe
      ? `${committed}, and need not repeat anything although it could`
      : `${committed}, and nobody has said that records read again do no harm`,
  };
}
