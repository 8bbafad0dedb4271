import type { Group } from "#core/inventory/group.ts";
import { isWithin, type NameRange } from "#core/inventory/name-range.ts";
import { type Listing, unknown } from "#core/inventory/unknown.ts";
import { committedOffsets } from "./committed-offsets.ts";
import { describedGroups } from "./described-groups.ts";
import { listedGroups } from "./listed-groups.ts";
import type { Asking } from "./topics.ts";

/** Groups of every kind with state, members and offsets. */
export async function scanGroups(o: Asking & { readonly range: NameRange }): Promise<Listing<Group>> {
  const readAt = Date.now();
  const listed = await listedGroups(o);
  const groups = listed.groups.filter(({ id }) => isWithin(id, o.range));
  const [described, offsets] = await Promise.all([describedGroups(o, groups), committedOffsets(o, groups)]);
  return {
    source: "ListGroups",
    readAt,
    items: groups.map((group) => ({
      ...group,
      ...(described.get(group.id) ?? { members: unasked }),
      offsets: offsets.get(group.id) ?? unasked,
      lastCommit: notTold,
    })),
    gaps: listed.gaps,
  };
}

const unasked = unknown("OffsetFetch", "the group was not asked for");
const notTold = unknown("__consumer_offsets", "when a group last committed was not looked up");
