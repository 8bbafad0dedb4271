import { offsetFetchV7, offsetFetchV8 } from "@platformatic/kafka";
import type { Commit, Group } from "#core/inventory/group.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import { offsetOn, type Side } from "#core/kafka/offset.ts";
import { code } from "../faults.ts";
import { inChunks } from "./in-chunks.ts";
import type { ListedGroup } from "./listed-groups.ts";
import { refusal } from "./refusal.ts";
import { describeShareGroupOffsets } from "./share-groups.ts";
import type { Asking } from "./topics.ts";

type Offsets = Group["offsets"];

const groupsPerRequest = 500;

/**
 * Every committed offset of every group: five hundred groups of one coordinator in a request. Brokers before 3.0 take one
 * group in a request: these are sent without waiting for one another.
 */
export async function committedOffsets(
  o: Asking,
  groups: readonly ListedGroup[],
): Promise<ReadonlyMap<string, Offsets>> {
  const offsets = new Map<string, Offsets>();
  await Promise.all(
    [...Map.groupBy(groups, ({ coordinator, kind }) => `${coordinator} ${kind === "share"}`).values()].map(
      async (same) => {
        const [first] = same;
        if (first === undefined) return;
        const takesMany = first.kind === "share" || (await o.brokers.supports(first.coordinator, offsetFetchV8.api));
        const size = takesMany ? groupsPerRequest : 1;
        const ids = same.map(({ id }) => id);
        const ask = first.kind === "share" ? sharesOf : takesMany ? offsetsOfMany : offsetsOfOne;
        await Promise.all(
          inChunks(ids, size).map(async (chunk) => {
            const answer = await ask(o, first.coordinator, chunk);
            for (const id of chunk) offsets.set(id, isUnknown(answer) ? answer : (answer.get(id) ?? unnamed));
          }),
        );
      },
    ),
  );
  return offsets;
}

type Asked = Promise<OrUnknown<ReadonlyMap<string, Offsets>>>;

async function offsetsOfMany(o: Asking, coordinator: number, ids: readonly string[]): Asked {
  const asked = ids.map((groupId) => ({ groupId, memberId: null, memberEpoch: -1, topics: null }));
  const answer = await o.brokers.ask(coordinator, "OffsetFetch", offsetFetchV8.api, asked, true);
  if (isUnknown(answer)) return answer;
  return new Map(answer.groups.map((g) => [g.groupId, offsetsIn(o, g.groupId, g.errorCode, g.topics)]));
}

async function offsetsOfOne(o: Asking, coordinator: number, ids: readonly string[]): Asked {
  const found = new Map<string, Offsets>();
  for (const groupId of ids) {
    const asked = [{ groupId, memberId: null, memberEpoch: -1, topics: null }];
    const answer = await o.brokers.ask(coordinator, "OffsetFetch", offsetFetchV7.api, asked, true);
    found.set(groupId, isUnknown(answer) ? answer : offsetsIn(o, groupId, answer.errorCode, answer.topics));
  }
  return found;
}

type FetchedTopic = {
  readonly name: string;
  readonly partitions: readonly {
    readonly partitionIndex: number;
    readonly committedOffset: bigint;
    readonly metadata?: string | null | undefined;
    readonly errorCode: number;
  }[];
};

function offsetsIn(o: Asking, group: string, errorCode: number, topics: readonly FetchedTopic[]): Offsets {
  if (errorCode !== code.none) return refused(o, group, errorCode);
  return topics
    .flatMap(({ name: topic, partitions }) =>
      partitions.flatMap((p): Commit[] => {
        const at = { topic, partition: p.partitionIndex, metadata: p.metadata ?? "" };
        if (p.errorCode === code.unstableOffsetCommit) return [{ ...at, offset: pending }];
        if (p.errorCode !== code.none) return [{ ...at, offset: refused(o, group, p.errorCode) }];
        return p.committedOffset < 0n ? [] : [{ ...at, offset: offsetOn<Side>(p.committedOffset) }];
      }),
    )
    .toSorted(byPartition);
}

async function sharesOf(o: Asking, coordinator: number, ids: readonly string[]): Asked {
  if (!(await o.brokers.supports(coordinator, describeShareGroupOffsets))) return tooOldForShares;
  const answer = await o.brokers.ask(coordinator, "DescribeShareGroupOffsets", describeShareGroupOffsets, ids);
  if (isUnknown(answer)) return answer;
  return new Map(
    answer.groups.map((g) => [
      g.groupId,
      g.errorCode === code.none
        ? g.topics
            .flatMap(({ name: topic, partitions }) =>
              partitions.flatMap((p): Commit[] => {
                const at = { topic, partition: p.partition, metadata: "" };
                if (p.errorCode !== code.none) return [{ ...at, offset: refused(o, g.groupId, p.errorCode) }];
                return p.startOffset < 0n ? [] : [{ ...at, offset: offsetOn<Side>(p.startOffset) }];
              }),
            )
            .toSorted(byPartition)
        : refused(o, g.groupId, g.errorCode),
    ]),
  );
}

const refused = ({ cluster }: Asking, group: string, errorCode: number) =>
  refusal(
    "OffsetFetch",
    {
      cluster,
      doing: `reading the committed offsets of group ${group}`,
      needs:
        errorCode === code.topicAuthorizationFailed
          ? { resource: "topic", operation: "Describe" }
          : { resource: "group", name: group, operation: "Describe" },
    },
    errorCode,
  );

const byPartition = (a: Commit, b: Commit): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;

const pending = unknown(
  "OffsetFetch",
  "a transaction that commits this offset is open; the offset is known when it ends",
);
const unnamed = unknown("OffsetFetch", "the answer does not name the group");
const tooOldForShares = unknown(
  "DescribeShareGroupOffsets",
  "where share groups begin can be asked for since Kafka 4.1 only",
);
