import type { RollbackRule } from "#core/rule/rollback-rule.ts";
import { judgeLagRule } from "./judge-lag-rule.ts";
import type { Judged, RuleSampling } from "./rule-sampling.ts";

type Judge<K extends RollbackRule["kind"]> = (
  sampling: RuleSampling,
  rule: Extract<RollbackRule, { readonly kind: K }>,
  ruleName: string,
) => Promise<readonly Judged[]>;

/** How each kind of rule is sampled and judged: one file per kind. */
const RULES: { readonly [K in RollbackRule["kind"]]: Judge<K> } = { lag: judgeLagRule };

/** One sample of every rule of the file, each with windows of its own. */
export async function judgeRules(sampling: RuleSampling): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  for (const [index, rule] of sampling.migration.policy.rollbackRules.entries())
    judged.push(...(await RULES[rule.kind](sampling, rule, `rule:${rule.kind}:${index}`)));
  return judged;
}
