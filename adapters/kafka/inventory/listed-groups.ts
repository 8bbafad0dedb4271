import { setTimeout as sleep } from "node:timers/promises";
import { listGroupsV4, listGroupsV5 } from "@platformatic/kafka";
import type { Group, GroupKind } from "#core/inventory/group.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { code, grant } from "../faults.ts";
import { refusal } from "./refusal.ts";
import type { Asking } from "./topics.ts";

export type ListedGroup = Pick<Group, "id" | "kind" | "protocolType" | "coordinator"> & { readonly state: string };

/** A broker that has just become a coordinator reads its groups first. */
const loadPatienceMilliseconds = 5000;

/** Every group that may be described: one request to each broker, which names those that it coordinates. */
export async function listedGroups(
  o: Asking,
): Promise<{ readonly groups: readonly ListedGroup[]; readonly gaps: readonly Unknown[] }> {
  const groups: ListedGroup[] = [];
  const gaps: Unknown[] = [];
  await Promise.all(
    o.brokers.ids.map(async (broker) => {
      const answer = await listOn(o, broker);
      if (isUnknown(answer))
        gaps.push(
          unknown(
            "ListGroups",
            `groups that broker ${broker} coordinates are not listed: ${answer.unknown.why}`,
            answer.unknown.cure,
          ),
        );
      else groups.push(...answer);
    }),
  );
  if (!o.mayDescribeCluster)
    gaps.push(
      unknown(
        "ListGroups",
        `groups that ${o.cluster.principal} may not describe are not listed`,
        grant({ cluster: o.cluster, needs: { resource: "cluster", operation: "Describe" } }),
      ),
    );
  return { groups: groups.toSorted((a, b) => (a.id < b.id ? -1 : 1)), gaps };
}

async function listOn({ brokers, cluster }: Asking, broker: number): Promise<OrUnknown<readonly ListedGroup[]>> {
  const tellsTypes = await brokers.supports(broker, listGroupsV5.api);
  const startedAt = performance.now();
  for (let round = 0; ; round++) {
    const answer = tellsTypes
      ? await brokers.ask(broker, "ListGroups", listGroupsV5.api, [], [])
      : await brokers.ask(broker, "ListGroups", listGroupsV4.api, [], []);
    if (isUnknown(answer)) return answer;
    if (answer.errorCode === code.none)
      return answer.groups.map((g) => ({
        id: g.groupId,
        kind: "groupType" in g && g.groupType ? kindOf(g.groupType) : "classic",
        protocolType: g.protocolType,
        state: g.groupState,
        coordinator: broker,
      }));
    const isLoading = answer.errorCode === code.coordinatorLoadInProgress;
    if (!isLoading || performance.now() - startedAt >= loadPatienceMilliseconds) {
      const needs = { resource: "cluster", operation: "Describe" } as const;
      return refusal("ListGroups", { cluster, doing: "listing groups", needs }, answer.errorCode);
    }
    await sleep(Math.min(50 * 2 ** round, 500));
  }
}

const kindOf = (told: string): GroupKind => {
  const kind = told.toLowerCase();
  return kind === "classic" || kind === "consumer" || kind === "share" || kind === "streams" ? kind : "unknown";
};
