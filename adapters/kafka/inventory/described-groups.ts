import { consumerGroupDescribeV0, describeGroupsV5 } from "@platformatic/kafka";
import type { Group, GroupKind } from "#core/inventory/group.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { code } from "../faults.ts";
import type { ListedGroup } from "./listed-groups.ts";
import { ordered, toldEachOther } from "./member-bytes.ts";
import { refusal } from "./refusal.ts";
import { shareGroupDescribe } from "./share-groups.ts";
import type { Asking } from "./topics.ts";

export type Described = Pick<Group, "state" | "members">;

type Coordinated = Asking & { readonly coordinator: number };

const groupsPerRequest = 500;

/** State and members, each kind of group by its own request; five hundred groups of one coordinator at a time. */
export async function describedGroups(
  o: Asking,
  groups: readonly ListedGroup[],
): Promise<ReadonlyMap<string, Described>> {
  const described = new Map<string, Described>();
  const chunks = [...Map.groupBy(groups, (g) => `${g.coordinator} ${g.kind}`).values()].flatMap((same) =>
    Array.from({ length: Math.ceil(same.length / groupsPerRequest) }, (_, n) =>
      same.slice(n * groupsPerRequest, (n + 1) * groupsPerRequest),
    ),
  );
  await Promise.all(
    chunks.map(async (chunk) => {
      const [first] = chunk;
      if (first === undefined) return;
      const ids = chunk.map(({ id }) => id);
      const answer = await describers[first.kind]({ ...o, coordinator: first.coordinator }, ids);
      for (const { id, state } of chunk) {
        const found = isUnknown(answer) ? { state, members: answer } : answer.get(id);
        described.set(id, found ?? { state, members: unnamed });
      }
    }),
  );
  return described;
}

type Describer = (o: Coordinated, ids: readonly string[]) => Promise<OrUnknown<ReadonlyMap<string, Described>>>;

const describeClassic: Describer = async (o, ids) => {
  const answer = await o.brokers.ask(o.coordinator, "DescribeGroups", describeGroupsV5.api, [...ids], false);
  if (isUnknown(answer)) return answer;
  return new Map(
    answer.groups.map((g) => [
      g.groupId,
      g.errorCode === code.none
        ? {
            state: g.groupState,
            members: g.members.map((m) => ({
              memberId: m.memberId,
              ...(m.groupInstanceId == null ? {} : { instanceId: m.groupInstanceId }),
              clientId: m.clientId,
              host: m.clientHost,
              // Connect's workers and schema registries tell each other other things.
              ...(g.protocolType === "consumer" ? toldEachOther(m) : { subscribed: [], assigned: [] }),
            })),
          }
        : unread(o, g.groupId, g.errorCode),
    ]),
  );
};

const describeConsumer: Describer = async (o, ids) => {
  const answer = await o.brokers.ask(
    o.coordinator,
    "ConsumerGroupDescribe",
    consumerGroupDescribeV0.api,
    [...ids],
    false,
  );
  if (isUnknown(answer)) return answer;
  return new Map(
    answer.groups.map((g) => [
      g.groupId,
      g.errorCode === code.none
        ? {
            state: g.groupState,
            members: g.members.map((m) => ({
              memberId: m.memberId,
              ...(m.instanceId == null ? {} : { instanceId: m.instanceId }),
              clientId: m.clientId,
              host: m.clientHost,
              ...ordered(m.subscribedTopicNames, m.assignment.topicPartitions),
            })),
          }
        : unread(o, g.groupId, g.errorCode),
    ]),
  );
};

const describeShare: Describer = async (o, ids) => {
  if (!(await o.brokers.supports(o.coordinator, shareGroupDescribe))) return tooOldForShares;
  const answer = await o.brokers.ask(o.coordinator, "ShareGroupDescribe", shareGroupDescribe, ids);
  if (isUnknown(answer)) return answer;
  return new Map(
    answer.groups.map((g) => [
      g.groupId,
      g.errorCode === code.none
        ? {
            state: g.groupState,
            members: g.members.map((m) => ({
              memberId: m.memberId,
              clientId: m.clientId,
              host: m.clientHost,
              ...ordered(m.subscribedTopicNames, m.assignment),
            })),
          }
        : unread(o, g.groupId, g.errorCode),
    ]),
  );
};

const nobodyDescribes: Describer = async () =>
  unknown("ListGroups", "groups of this kind cannot be described by this version of Sluice");

const describers: Readonly<Record<GroupKind, Describer>> = {
  classic: describeClassic,
  consumer: describeConsumer,
  share: describeShare,
  streams: nobodyDescribes,
  unknown: nobodyDescribes,
};

const unread = ({ cluster }: Asking, group: string, errorCode: number): { state: Unknown; members: Unknown } => {
  const needs = { resource: "group", name: group, operation: "Describe" } as const;
  const why = refusal("DescribeGroups", { cluster, doing: `describing group ${group}`, needs }, errorCode);
  return { state: why, members: why };
};

const unnamed = unknown("DescribeGroups", "the answer does not name the group");
const tooOldForShares = unknown("ShareGroupDescribe", "share groups can be described since Kafka 4.1 only");
