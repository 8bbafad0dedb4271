import type { Admin } from "kafkajs";
import type { Commit, Group } from "#core/inventory/group.ts";
import { isUnknown, type Listing, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import type { ClusterIdentity } from "../cluster-settings.ts";
import { toldEachOther } from "../inventory/member-bytes.ts";
import { asked, askedForEach, type Doing, manyAtOnce } from "./client.ts";

const groupsPerDescribe = 200;
const requestsAtOnce = 20;

/** Groups as kafkajs tells of them: the offsets of one group by a request of its own. */
export async function groupsOf(admin: Admin, cluster: ClusterIdentity): Promise<Listing<Group>> {
  const readAt = Date.now();
  const source = "ListGroups";
  const needs = { resource: "cluster", operation: "Describe" } as const;
  const listed = await asked({ cluster, source, doing: "listing groups", needs }, () => admin.listGroups());
  if (isUnknown(listed)) return { source, readAt, items: [], gaps: [listed] };
  const ids = listed.groups.map(({ groupId }) => groupId).toSorted();
  const protocolTypes = new Map(listed.groups.map((g) => [g.groupId, g.protocolType]));
  const describing = (name: string, doing: string): Doing => ({
    cluster,
    source: "DescribeGroups",
    doing: `${doing} group ${name}`,
    needs: { resource: "group", name, operation: "Describe" },
  });
  const [described, offsets] = await Promise.all([
    askedForEach(
      ids,
      groupsPerDescribe,
      (name) => describing(name, "describing"),
      async (chunk) => {
        const { groups } = await admin.describeGroups([...chunk]);
        return new Map(
          groups.map((g) => [
            g.groupId,
            {
              state: g.state,
              members: g.members.map((m) => ({
                memberId: m.memberId,
                clientId: m.clientId,
                host: m.clientHost,
                ...(g.protocolType === "consumer" ? toldEachOther(m) : { subscribed: [], assigned: [] }),
              })),
            },
          ]),
        );
      },
    ),
    offsetsOf(admin, ids, (name) => ({
      ...describing(name, "reading the committed offsets of"),
      source: "OffsetFetch",
    })),
  ]);
  return {
    source,
    readAt,
    items: ids.map((id): Group => {
      const found = described.get(id) ?? unnamed;
      return {
        id,
        kind: "classic",
        protocolType: protocolTypes.get(id) ?? "",
        coordinator: -1,
        ...(isUnknown(found) ? { state: found, members: found } : found),
        offsets: offsets.get(id) ?? unnamed,
        lastCommit: notTold,
      };
    }),
    gaps: [],
  };
}

async function offsetsOf(
  admin: Admin,
  ids: readonly string[],
  what: (id: string) => Doing,
): Promise<ReadonlyMap<string, OrUnknown<readonly Commit[]>>> {
  const offsets = new Map<string, OrUnknown<readonly Commit[]>>();
  await manyAtOnce(ids, requestsAtOnce, async (id) => {
    const found = await asked(what(id), () => admin.fetchOffsets({ groupId: id }));
    offsets.set(
      id,
      isUnknown(found)
        ? found
        : found
            .flatMap(({ topic, partitions }) =>
              partitions
                .filter(({ offset }) => offset !== "-1")
                .map((p) => ({
                  topic,
                  partition: p.partition,
                  offset: offsetOn<Side>(BigInt(p.offset)),
                  metadata: p.metadata ?? "",
                })),
            )
            .toSorted((a, b) => (a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1)),
    );
  });
  return offsets;
}

const unnamed = unknown("DescribeGroups", "the answer does not name the group");
const notTold = unknown("__consumer_offsets", "when a group last committed was not looked up");
