import { consumerGroupDescribeV0, describeGroupsV5 } from "@platformatic/kafka";
import type { Group, GroupKind, Member } from "#core/inventory/group.ts";
import { isUnknown, type OrUnknown, type Unknown, unknown } from "#core/inventory/unknown.ts";
import { code } from "../faults.ts";
import { inChunks } from "./in-chunks.ts";
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
  const found = new Map<string, Described>();
  const chunks = [...Map.groupBy(groups, (g) => `${g.coordinator} ${g.kind}`).values()].flatMap((same) =>
    inChunks(same, groupsPerRequest),
  );
  await Promise.all(
    chunks.map(async (chunk) => {
      const [first] = chunk;
      if (first === undefined) return;
      const ids = chunk.map(({ id }) => id);
      const answer = await describers[first.kind]({ ...o, coordinator: first.coordinator }, ids);
      for (const { id, state } of chunk) {
        const one = isUnknown(answer) ? { state, members: answer } : answer.get(id);
        found.set(id, one ?? { state, members: unnamed });
      }
    }),
  );
  return found;
}

type Describer = (o: Coordinated, ids: readonly string[]) => Promise<OrUnknown<ReadonlyMap<string, Described>>>;

type Told = { readonly groupId: string; readonly groupState: string; readonly errorCode: number };

const described = <G extends Told>(
  o: Asking,
  groups: readonly G[],
  membersOf: (group: G) => readonly Member[],
): ReadonlyMap<string, Described> =>
  new Map(
    groups.map((g) => [
      g.groupId,
      g.errorCode === code.none ? { state: g.groupState, members: membersOf(g) } : unread(o, g.groupId, g.errorCode),
    ]),
  );

type ToldMember = { readonly memberId: string; readonly clientId: string; readonly clientHost: string };

const member = (
  m: ToldMember,
  instanceId: string | null | undefined,
  topics: Pick<Member, "subscribed" | "assigned">,
): Member => ({
  memberId: m.memberId,
  ...(instanceId == null ? {} : { instanceId }),
  clientId: m.clientId,
  host: m.clientHost,
  ...topics,
});

/** Connect's workers and schema registries tell each other other things. */
const untold = { subscribed: [], assigned: [] } as const;

const describeClassic: Describer = async (o, ids) => {
  const answer = await o.brokers.ask(o.coordinator, "DescribeGroups", describeGroupsV5.api, [...ids], false);
  if (isUnknown(answer)) return answer;
  return described(o, answer.groups, ({ members, protocolType }) =>
    members.map((m) => member(m, m.groupInstanceId, protocolType === "consumer" ? toldEachOther(m) : untold)),
  );
};

const describeConsumer: Describer = async (o, ids) => {
  const api = consumerGroupDescribeV0.api;
  const answer = await o.brokers.ask(o.coordinator, "ConsumerGroupDescribe", api, [...ids], false);
  if (isUnknown(answer)) return answer;
  return described(o, answer.groups, ({ members }) =>
    members.map((m) => member(m, m.instanceId, ordered(m.subscribedTopicNames, m.assignment.topicPartitions))),
  );
};

const describeShare: Describer = async (o, ids) => {
  if (!(await o.brokers.supports(o.coordinator, shareGroupDescribe))) return tooOldForShares;
  const answer = await o.brokers.ask(o.coordinator, "ShareGroupDescribe", shareGroupDescribe, ids);
  if (isUnknown(answer)) return answer;
  return described(o, answer.groups, ({ members }) =>
    members.map((m) => member(m, undefined, ordered(m.subscribedTopicNames, m.assignment))),
  );
};

const nobodyDescribes: Describer = async () =>
  unknown("ListGroups", "groups of this kind cannot be described by this version of Sluice");

/** Early access in Kafka 4.1, where brokers must be told to offer it. */
const streamsMembers: Describer = async (_o, ids) =>
  unknown(
    "ListGroups",
    "members of Streams groups of the newer protocol (KIP-1071) are told by StreamsGroupDescribe, which this version of Sluice does not speak",
    `kafka-streams-groups.sh --describe --members --group '${ids[0] ?? ""}' shows them; declare who they are as clients of a wave`,
  );

const describers: Readonly<Record<GroupKind, Describer>> = {
  classic: describeClassic,
  consumer: describeConsumer,
  share: describeShare,
  streams: streamsMembers,
  unknown: nobodyDescribes,
};

const unread = ({ cluster }: Asking, group: string, errorCode: number): { state: Unknown; members: Unknown } => {
  const needs = { resource: "group", name: group, operation: "Describe" } as const;
  const why = refusal("DescribeGroups", { cluster, doing: `describing group ${group}`, needs }, errorCode);
  return { state: why, members: why };
};

const unnamed = unknown("DescribeGroups", "the answer does not name the group");
const tooOldForShares = unknown("ShareGroupDescribe", "share groups can be described since Kafka 4.1 only");
