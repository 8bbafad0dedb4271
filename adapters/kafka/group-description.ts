import { consumerGroupDescribeV0, describeGroupsV5, listGroupsV5 } from "@platformatic/kafka";
import type { GroupDescription } from "#use-cases/ports/cluster.ts";
import type { BrokerAddress } from "./broker-address.ts";
import type { ClusterIdentity } from "./cluster-settings.ts";
import type { Connections } from "./connections.ts";
import type { Coordinators } from "./coordinators.ts";
import { type Attempt, code, protocolFault } from "./faults.ts";

type Parts = {
  readonly cluster: ClusterIdentity;
  readonly connections: Connections;
  readonly coordinators: Coordinators;
};

/** One group as its coordinator knows it, of whatever kind. Needs Group DESCRIBE. */
export async function describeGroup(parts: Parts, group: string): Promise<GroupDescription> {
  const { connections, coordinators } = parts;
  const attempt: Attempt = {
    cluster: parts.cluster,
    doing: `describing group ${group}`,
    needs: { resource: "group", name: group, operation: "Describe" },
  };
  const answer = await coordinators.ask(
    group,
    attempt,
    async (coordinator) => ({
      coordinator,
      groups: (await connections.ask(coordinator, describeGroupsV5.api, [group], false)).groups,
    }),
    ({ groups }) => groups.map((g) => g.errorCode),
  );
  const [classic] = answer.groups;
  if (classic && classic.errorCode !== code.none && classic.errorCode !== code.groupIdNotFound)
    throw protocolFault(attempt, classic.errorCode);
  // "Dead" is what this request says of absent groups and of every group that is not a classic one.
  if (classic && classic.errorCode === code.none && classic.groupState !== "Dead") return fromClassic(classic);
  return (
    (await describeNewer(connections, answer.coordinator, group, attempt)) ??
    (await describeListed(connections, answer.coordinator, group)) ?? {
      id: group,
      state: "absent",
      kind: "unknown",
      members: [],
    }
  );
}

const fromClassic = (g: describeGroupsV5.DescribeGroupsResponseGroup): GroupDescription => ({
  id: g.groupId,
  state: g.groupState === "Empty" ? "empty" : "active",
  kind: "classic",
  members: g.members.map((m) => ({
    memberId: m.memberId,
    ...(m.groupInstanceId == null ? {} : { groupInstanceId: m.groupInstanceId }),
    clientId: m.clientId,
    host: m.clientHost,
  })),
});

/** Groups of the newer consumer protocol, on brokers that have it. */
async function describeNewer(
  connections: Connections,
  coordinator: BrokerAddress,
  group: string,
  attempt: Attempt,
): Promise<GroupDescription | undefined> {
  if (!(await connections.supports(coordinator, consumerGroupDescribeV0.api))) return undefined;
  const answer = await connections.ask(coordinator, consumerGroupDescribeV0.api, [group], false);
  const [found] = answer.groups;
  if (!found || found.errorCode === code.groupIdNotFound || found.errorCode === code.unsupportedVersion)
    return undefined;
  if (found.errorCode !== code.none) throw protocolFault(attempt, found.errorCode, found.errorMessage);
  const state = found.groupState.toLowerCase();
  return {
    id: group,
    state: state === "empty" ? "empty" : state === "dead" ? "dead" : "active",
    kind: "consumer",
    members: found.members.map((m) => ({
      memberId: m.memberId,
      ...(m.instanceId == null ? {} : { groupInstanceId: m.instanceId }),
      clientId: m.clientId,
      host: m.clientHost,
    })),
  };
}

/** Share and streams groups: only the list tells that they are there. Asked without types, it lists every kind. */
async function describeListed(
  connections: Connections,
  coordinator: BrokerAddress,
  group: string,
): Promise<GroupDescription | undefined> {
  if (!(await connections.supports(coordinator, listGroupsV5.api))) return undefined;
  const answer = await connections.ask(coordinator, listGroupsV5.api, [], []);
  const listed = answer.groups.find((g) => g.groupId === group);
  if (!listed || listed.groupState.toLowerCase() === "dead") return undefined;
  return {
    id: group,
    state: listed.groupState.toLowerCase() === "empty" ? "empty" : "active",
    kind: listed.groupType.toLowerCase() === "share" ? "share" : "unknown",
    members: [],
  };
}
