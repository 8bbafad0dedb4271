import { topicsOfGroup } from "#core/inventory/flags/flag-facts.ts";
import type { Group } from "#core/inventory/group.ts";
import { lagOf } from "#core/inventory/lag.ts";
import type { Partition } from "#core/inventory/topic.ts";
import { isUnknown, type OrUnknown, unknown } from "#core/inventory/unknown.ts";
import { type PartitionMap, partitionKey } from "#core/kafka/topic-partition.ts";
import type { Client, Group as DeclaredGroup } from "#core/migration/migration.ts";
import type { PlannedGroup, PlannedWave } from "../planned-wave.ts";
import { type TopicLoads, totalOf } from "../topic-load.ts";

/** A mirror's worker writes down how far it is this often; one that dies copies again what came after. */
export const OFFSET_FLUSH_SECONDS = 0.5;

/** What a group's records cost it when it moves by its offset plan, predicted from the snapshot. */
export type DuplicateExposure = {
  readonly group: string;
  readonly plan: PlannedGroup["plan"];
  /** Read again by an orderly move. */
  readonly records: OrUnknown<number>;
  /** Of those, what it has committed already; the rest it would have read anyway. Only where it starts from the beginning. */
  readonly committedBefore?: OrUnknown<number>;
  /** Never read by it; only where it starts at the end. */
  readonly skipped?: OrUnknown<number>;
  /** What a worker that dies while the mirror runs may repeat to it, about; 0 where the group moves inside the freeze. */
  readonly ifWorkerDies: OrUnknown<number>;
  /** How many of a crash's repeats its owner accepts; with more the group waits for a decision. Absent where nobody declared it. */
  readonly maxDuplicates?: number;
  /** Somebody chose this plan for it, or it costs nothing. */
  readonly isAccepted: OrUnknown<true>;
  readonly says: string;
};

export type DuplicateFacts = {
  readonly group: Group | undefined;
  readonly clients: readonly Client[];
  readonly partitions: PartitionMap<Partition>;
  readonly loads: TopicLoads;
  readonly declared: Pick<DeclaredGroup, "plan" | "maxDuplicates"> | undefined;
};

export function duplicatesOf(
  { id, plan }: Pick<PlannedGroup, "id" | "plan">,
  wave: Pick<PlannedWave, "topics" | "edges">,
  facts: DuplicateFacts,
): DuplicateExposure {
  const topics = readBy(id, wave, facts.group);
  const total = (of: "heldRecords" | "recordsPerSecond"): OrUnknown<number> =>
    topics.length === 0 ? nothingRead(id) : totalOf(facts.loads, topics, (load) => load[of]);
  const perSecond = total("recordsPerSecond");
  // Both sides of a client that reads and writes move while the mirror is stopped.
  const movesFrozen = facts.clients.some((client) => client.group === id && client.kind === "both");
  const ifWorkerDies = movesFrozen ? 0 : isUnknown(perSecond) ? perSecond : Math.ceil(perSecond * OFFSET_FLUSH_SECONDS);
  const records = plan === "reset-earliest" ? total("heldRecords") : 0;
  const { declared } = facts;
  const exposure = {
    group: id,
    plan,
    records,
    ifWorkerDies,
    ...(declared === undefined ? {} : { maxDuplicates: declared.maxDuplicates }),
    isAccepted: plan === "exact" || declared?.plan === plan ? (true as const) : nobodyChose(id),
  };
  switch (plan) {
    case "exact":
      return {
        ...exposure,
        says: movesFrozen
          ? "none: it moves inside the freeze, while the mirror is stopped"
          : `none, unless a worker of the mirror dies between the group's move and the freeze${waits(ifWorkerDies, declared)}`,
      };
    case "reset-earliest":
      return {
        ...exposure,
        committedBefore: committedIn(topics, facts),
        says: "all that its topics hold: it starts from the beginning",
      };
    case "reset-latest":
      return {
        ...exposure,
        skipped: lagIn(topics, facts),
        says: "none, but what it has not read when it moves is skipped: it starts at the end",
      };
  }
}

/** What binds it to the wave, and what it was seen to read. */
const readBy = (id: string, { topics, edges }: Pick<PlannedWave, "topics" | "edges">, group: Group | undefined) => {
  const bound = edges.filter(({ item }) => item.kind === "group" && item.name === id).map(({ topic }) => topic);
  const read = new Set([...bound, ...(group === undefined ? [] : topicsOfGroup(group))]);
  return topics.filter((topic) => read.has(topic));
};

function committedIn(topics: readonly string[], { group, partitions }: DuplicateFacts): OrUnknown<number> {
  if (group === undefined) return notSeen;
  if (isUnknown(group.offsets)) return group.offsets;
  let sum = 0;
  for (const { topic, partition, offset } of group.offsets) {
    if (!topics.includes(topic)) continue;
    const ends = partitions.get(partitionKey({ topic, partition }))?.ends ?? notSeen;
    if (isUnknown(ends)) return ends;
    if (isUnknown(offset)) return offset;
    sum += Math.max(0, Number(offset - ends.logStart));
  }
  return sum;
}

function lagIn(topics: readonly string[], { group, partitions }: DuplicateFacts): OrUnknown<number> {
  if (group === undefined) return notSeen;
  const lags = lagOf(group, partitions);
  if (isUnknown(lags)) return lags;
  let sum = 0;
  for (const { topic, lagRecords } of lags) {
    if (!topics.includes(topic)) continue;
    if (isUnknown(lagRecords)) return lagRecords;
    sum += Number(lagRecords);
  }
  return sum;
}

const notSeen = unknown("ListGroups", "the group, or what it reads, is not in the snapshot", "take a new snapshot");
const nothingRead = (id: string) =>
  unknown("OffsetFetch", `what ${id} reads of the wave is not known`, "let it commit, or declare its client");
const nobodyChose = (id: string) =>
  unknown(
    "migration file",
    `nobody has said that ${id} may start anew`,
    "declare the group in planning.groups, with this plan",
  );
const waits = (ifWorkerDies: OrUnknown<number>, declared: DuplicateFacts["declared"]): string =>
  declared !== undefined && !isUnknown(ifWorkerDies) && ifWorkerDies > declared.maxDuplicates
    ? "; one that dies before makes it wait for a decision"
    : "";
