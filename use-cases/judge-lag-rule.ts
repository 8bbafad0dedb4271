import {
  emptyLagWindow,
  foldLag,
  judgeLag,
  type LagReading,
  type LagRule,
  lagWindowSchema,
} from "#core/rule/lag-rule.ts";
import { groupLag } from "./group-lag.ts";
import { readProgress } from "./group-progress.ts";
import type { Judged, RuleSampling } from "./rule-sampling.ts";
import { partitionsOf } from "./wave-topics.ts";
import { readWindow, windowOf } from "./windows.ts";

/** Takes one sample of each moved group that the rule is about, and judges its window. */
export async function judgeLagRule(
  sampling: RuleSampling,
  rule: LagRule,
  ruleName: string,
): Promise<readonly Judged[]> {
  const { deps, ref, row, migration, plan } = sampling;
  const isMeant = (group: string): boolean =>
    (rule.groups?.includes(group) ?? true) && plan.clients.some((client) => client.group === group);
  const judged: Judged[] = [];
  for (const { id } of plan.groups.filter((group) => isMeant(group.id))) {
    const progress = await readProgress(deps.store.items, ref, id, row.attempt);
    // Not on the target yet, or on the source again: it has no lag there.
    if (progress.movedAt === undefined || progress.isBack === true) continue;
    const gap = migration.policy.sampleGapSeconds * 1000;
    const name = `${ruleName}:${id}`;
    const before = (await readWindow(deps.store.items, row, name, lagWindowSchema)) ?? emptyLagWindow;
    const window = foldLag(before, await lagReading(sampling, id), rule, gap);
    await deps.store.items.put(row, "WINDOW", name, windowOf(row, window));
    judged.push({ cause: "rule", name, ...judgeLag(window, id, rule, deps.clock.now(), gap) });
  }
  return judged;
}

async function lagReading({ deps, migration, plan, look }: RuleSampling, group: string): Promise<LagReading> {
  const at = deps.clock.now();
  try {
    const estate = await deps.estate(migration);
    const topics = await look.topics(estate, "target", plan.topics);
    return { at, lagRecords: await groupLag(estate.target, group, [...topics.values()].flatMap(partitionsOf)) };
  } catch (error) {
    return { at, missing: error instanceof Error ? error.message : String(error) };
  }
}
