import { offsetOn, type TargetOffset } from "#core/kafka/offset.ts";
import { type PartitionKey, type PartitionMap, parsePartitionKey } from "#core/kafka/topic-partition.ts";
import type { Group } from "#core/migration/migration.ts";
import type { ProvedThrough } from "#core/offsets/translation.ts";
import type { Commit, TopicDescription } from "./ports/cluster.ts";
import type { Estate } from "./ports/deps.ts";
import { translateGroup } from "./translate-offsets.ts";

export type TranslatedPartition = {
  readonly topic: string;
  readonly partition: number;
  readonly committed: string;
  readonly translated: string;
  readonly kind: string;
  readonly basis: unknown;
};

export type PlannedOffsets = {
  /** Where the group resumes on the target; holds every partition once nothing waits and nothing is unresolved. */
  readonly commits: ReadonlyMap<PartitionKey, Commit<"target">>;
  readonly partitions: readonly TranslatedPartition[];
  /** Sentences: what the mirror has not passed yet, and what does not translate at all. */
  readonly waits: readonly string[];
  readonly unresolved: readonly string[];
};

/** Where a group resumes on the target by its plan: exactly, or reset on purpose. Repeats beyond its budget are unresolved. */
export async function translateForPlan(
  estate: Estate,
  group: Group,
  positions: PartitionMap<Commit<"source">>,
  frontier: PartitionMap<bigint>,
  proved: PartitionMap<ProvedThrough<"source", "target">>,
): Promise<PlannedOffsets> {
  if (group.plan !== "exact") return resetOnPurpose(estate, group, positions);
  const names = [...new Set([...positions.keys()].map((key) => parsePartitionKey(key).topic))];
  const [from, to]: ReadonlyMap<string, TopicDescription>[] = await Promise.all([
    estate.source.topics.describe(names),
    estate.target.topics.describe(names),
  ]);
  const translations = await translateGroup(
    { from: estate.source.log, to: estate.target.log },
    {
      positions: new Map([...positions].map(([key, commit]) => [key, commit.offset])),
      frontier,
      proved,
      topics: { from: from ?? new Map(), to: to ?? new Map() },
    },
  );
  const commits = new Map<PartitionKey, Commit<"target">>();
  const partitions: TranslatedPartition[] = [];
  const waits: string[] = [];
  const unresolved: string[] = [];
  let repeats = 0;
  for (const [key, translation] of translations) {
    const commit = positions.get(key);
    if (commit === undefined) continue;
    if (translation.kind === "wait") waits.push(`${key}: ${translation.reason}`);
    else if (translation.kind === "unresolved") unresolved.push(`${key}: ${translation.reason}; ${translation.cure}`);
    else {
      if (translation.kind === "exact-with-repeats") repeats += translation.repeats;
      commits.set(key, { offset: translation.offset, metadata: commit.metadata });
      partitions.push({
        ...parsePartitionKey(key),
        committed: commit.offset.toString(),
        translated: translation.offset.toString(),
        kind: translation.kind === "exact" ? "exact" : `exact-with-repeats(${translation.repeats})`,
        basis: translation.basis,
      });
    }
  }
  if (repeats > group.maxDuplicates)
    unresolved.push(
      `${repeats} records stand twice on the target whatever the offset (the mirror repeated them after a crash), and maxDuplicates is ${group.maxDuplicates}; raise it in the group's plan, or let the group pass them on the source first`,
    );
  return { commits, partitions, waits, unresolved };
}

async function resetOnPurpose(
  estate: Estate,
  group: Group,
  positions: PartitionMap<Commit<"source">>,
): Promise<PlannedOffsets> {
  const ends = await estate.target.log.ends([...positions.keys()].map(parsePartitionKey));
  const commits = new Map<PartitionKey, Commit<"target">>();
  for (const [key, end] of ends) {
    const offset: TargetOffset = offsetOn<"target">(group.plan === "reset-earliest" ? end.logStart : end.lastStable);
    commits.set(key, { offset, metadata: positions.get(key)?.metadata ?? "" });
  }
  const partitions = [...commits].map(([key, commit]) => ({
    ...parsePartitionKey(key),
    committed: positions.get(key)?.offset.toString() ?? "",
    translated: commit.offset.toString(),
    kind: group.plan,
    basis: { reason: group.reason },
  }));
  return { commits, partitions, waits: [], unresolved: [] };
}
