import type { TopicPartition } from "#core/kafka/topic-partition.ts";
import type { Client, Group } from "#core/migration/migration.ts";
import {
  emptyWindow,
  foldWindow,
  judgeWindow,
  observationWindowSchema,
  type Reading,
  windowLimits,
} from "#core/replication/observation-window.ts";
import { clientOf, groupsMovedFirst } from "./clients-of.ts";
import { groupLag } from "./group-lag.ts";
import { loadedCommits, readProgress } from "./group-progress.ts";
import { type Finding, type Measuring, unlessItFails } from "./measuring.ts";
import { partitionsOf } from "./wave-topics.ts";
import { readWindow, windowOf } from "./windows.ts";

/** Gate keep-up: the moved groups consume on the target within their lag limits for a whole window, and none is left on the source. */
export const measureKeepUp = (measuring: Measuring): Promise<readonly Finding[]> =>
  measureMovedGroups(measuring, groupsMovedFirst(measuring.plan), "keepUp");

export async function measureMovedGroups(
  measuring: Measuring,
  groups: readonly Group[],
  window: "keepUp" | "observation",
): Promise<readonly Finding[]> {
  const { plan, estate, look } = measuring;
  const topics = await look.topics(estate, "target", plan.topics);
  const partitions = [...topics.values()].flatMap(partitionsOf);
  const findings: Finding[] = [];
  for (const group of groups) {
    findings.push(await unlessItFails(`left-behind:${group.id}`, () => leftBehind(measuring, group, partitions)));
    const client = clientOf(plan, group);
    if (client !== undefined) findings.push(await consumes(measuring, { group, client, partitions, window }));
  }
  if (findings.length === 0)
    findings.push({ check: "groups", verdict: "pass", reason: "the wave has no consumer group that has moved" });
  return findings;
}

/** A member that comes back to the source, or a commit there, means that somebody still consumes where nobody should. */
async function leftBehind(
  { deps, ref, row, estate }: Measuring,
  group: Group,
  partitions: readonly TopicPartition[],
): Promise<Finding> {
  const check = `left-behind:${group.id}`;
  const [described, committed, progress] = await Promise.all([
    estate.source.groups.describe([group.id]),
    estate.source.groups.committed(group.id, partitions),
    readProgress(deps.store.items, ref, group.id, row.attempt),
  ]);
  const members = described.get(group.id)?.members ?? [];
  if (members.length > 0)
    return {
      check,
      verdict: "fail",
      reason: `group ${group.id} has members on the source again: ${members.map((m) => `${m.clientId} at ${m.host}`).join(", ")}; stop them`,
    };
  const seen = loadedCommits<"source">(progress.source ?? {});
  const moved = [...committed].filter(([key, commit]) => seen.get(key)?.offset !== commit.offset);
  if (moved.length > 0)
    return {
      check,
      verdict: "fail",
      reason: `group ${group.id} has committed on the source after it moved (${moved.map(([key, c]) => `${key} now ${c.offset}, was ${seen.get(key)?.offset ?? "none"}`).join(", ")}); find that client and stop it`,
    };
  return { check, verdict: "pass", reason: "no member and no new commit on the source" };
}

async function consumes(
  { deps, row, migration, estate, at }: Measuring,
  {
    group,
    client,
    partitions,
    window,
  }: {
    readonly group: Group;
    readonly client: Client;
    readonly partitions: readonly TopicPartition[];
    readonly window: "keepUp" | "observation";
  },
): Promise<Finding> {
  const check = `lag:${group.id}`;
  const { items } = deps.store;
  const name = `${window}:${group.id}`;
  let reading: Reading;
  let lagNow = "";
  try {
    const [lag, described] = await Promise.all([
      groupLag(estate.target, group.id, partitions),
      estate.target.groups.describe([group.id]),
    ]);
    lagNow = `; lag ${lag} of at most ${group.maxLagRecords} records`;
    if (lag > BigInt(group.maxLagRecords))
      reading = {
        at,
        kind: "bad",
        reason: `group ${group.id} lags ${lag} records on the target, more than its maxLagRecords ${group.maxLagRecords}`,
      };
    // A little lag is no proof that anybody reads.
    else if ((described.get(group.id)?.members.length ?? 0) === 0)
      reading = {
        at,
        kind: "bad",
        reason: `group ${group.id} has no member on the target: see that parameter ${client.switch.ssm} holds target and that client ${client.name} runs`,
      };
    else reading = { at, kind: "good" };
  } catch (error) {
    reading = { at, kind: "missing", reason: error instanceof Error ? error.message : String(error) };
  }
  const before = (await readWindow(items, row, name, observationWindowSchema)) ?? emptyWindow;
  const limits = windowLimits(migration.policy, window);
  const after = foldWindow(before, reading, limits);
  await items.put(row, "WINDOW", name, windowOf(row, after));
  const judged = judgeWindow(after, at, limits);
  return { check, verdict: judged.verdict, reason: `${judged.reason}${reading.kind === "good" ? lagNow : ""}` };
}
