import type { Group } from "#core/inventory/group.ts";
import { isWithin, type NameRange } from "#core/inventory/name-range.ts";
import { type Listing, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import { committedOffsets } from "./committed-offsets.ts";
import { describedGroups } from "./described-groups.ts";
import { lastCommits } from "./last-commits.ts";
import { listedGroups } from "./listed-groups.ts";
import { settingsByName } from "./settings.ts";
import type { TopicPlace } from "./topic-places.ts";
import type { Asking } from "./topics.ts";

/** Groups of every kind with state, members and offsets. */
export async function scanGroups(
  o: Asking & { readonly places: OrUnknown<readonly TopicPlace[]>; readonly range: NameRange },
): Promise<Listing<Group>> {
  const readAt = Date.now();
  const listed = await listedGroups(o);
  const groups = listed.groups.filter(({ id }) => isWithin(id, o.range));
  const set = groups.filter(({ kind }) => kind !== "classic").map(({ id }) => id);
  const [described, offsets, lastCommit, settings] = await Promise.all([
    describedGroups(o, groups),
    committedOffsets(o, groups),
    lastCommits(o),
    settingsByName(o.brokers, o.cluster, "group", set),
  ]);
  return {
    source: "ListGroups",
    readAt,
    items: groups.map((group) => ({
      ...group,
      ...(described.get(group.id) ?? { members: unasked }),
      offsets: offsets.get(group.id) ?? unasked,
      lastCommit: lastCommit(group.id),
      ...(group.kind === "classic" ? {} : { configs: settings.get(group.id) ?? unset }),
    })),
    gaps: listed.gaps,
  };
}

const unset = unknown("DescribeConfigs", "the answer does not name the group");
const unasked = unknown("OffsetFetch", "the group was not asked for");
