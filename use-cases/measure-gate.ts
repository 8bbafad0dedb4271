import type { CheckResult } from "#core/gate/verdict.ts";
import type { Policy } from "#core/migration/defaults.ts";
import type { Group, WavePlan } from "#core/migration/migration.ts";
import { alarmsOf } from "#core/rule/alarm.ts";
import type { GateName } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { groupsMovedFirst } from "./clients-of.ts";
import { newsOf, writeEvidence } from "./evidence.ts";
import { cutoverChecks, measureCutover } from "./measure-cutover.ts";
import { measureKeepUp } from "./measure-keep-up.ts";
import { measureObservation } from "./measure-observation.ts";
import { measureOffsetPlan } from "./measure-offset-plan.ts";
import { measureReplication } from "./measure-replication.ts";
import type { Finding, Measuring } from "./measuring.ts";
import type { Deps } from "./ports/deps.ts";
import type { WaveItems } from "./ports/wave-store.ts";
import { loadPlan } from "./run-step.ts";
import { type TickLook, tickLook } from "./tick-look.ts";

type Measure = {
  readonly measure: (measuring: Measuring) => Promise<readonly Finding[]>;
  /** Checks that it always makes: what to call unknown where it could make none. */
  readonly checks: (plan: WavePlan, policy: Policy) => readonly string[];
};

const ofGroups = (groups: readonly Group[], name: (id: string) => string): readonly string[] =>
  groups.length === 0 ? ["groups"] : groups.map(({ id }) => name(id));

/** The gates that a tick measures on the clusters; a gate is a list of checks. What is known by snapshots is measure-inventory.ts's. */
const MEASURES: Partial<Record<GateName, Measure>> = {
  replication: { measure: measureReplication, checks: () => ["delay", "content"] },
  "offset-plan": { measure: measureOffsetPlan, checks: (plan) => ofGroups(plan.groups, (id) => id) },
  cutover: { measure: measureCutover, checks: (plan, policy) => cutoverChecks(alarmsOf(policy, plan.name)) },
  "keep-up": {
    measure: measureKeepUp,
    checks: (plan) => ofGroups(groupsMovedFirst(plan), (id) => `left-behind:${id}`),
  },
  observation: { measure: measureObservation, checks: () => ["reverse-mirror", "late-writers"] },
};

/**
 * Measures one gate now and stores the evidence with its expiry. What cannot be measured is unknown and says why: what an
 * earlier measurement said must not pass for now, and one gate's trouble must not keep the rest of a tick from happening.
 * `look`: a tick's, whose unchanged evidence is left as it stands while it is young.
 */
export async function measureGate(
  deps: Deps,
  ref: WaveRef,
  row: WaveRow,
  gate: GateName,
  look?: TickLook,
): Promise<readonly CheckResult[]> {
  const measured = MEASURES[gate];
  if (measured === undefined) return [];
  const { migration, plan } = await loadPlan(deps, ref);
  const at = deps.clock.now();
  const findings = await deps
    .estate(migration)
    .then((estate) =>
      measured.measure({ deps, ref, row, migration, plan, estate, at, look: look ?? tickLook(deps.store.items, ref) }),
    )
    .catch((error: unknown) => unmeasured(measured.checks(plan, migration.policy), error));
  const expiresAt = at + migration.policy.evidenceSeconds * 1000;
  return keepFindings(deps.store.items, ref, gate, findings, { at, expiresAt, look });
}

/** Stores what a gate was measured by as its evidence. */
export async function keepFindings(
  items: WaveItems,
  ref: WaveRef,
  gate: GateName,
  findings: readonly Finding[],
  { at, expiresAt, look }: { readonly at: number; readonly expiresAt: number; readonly look: TickLook | undefined },
): Promise<readonly CheckResult[]> {
  const checks = findings.map((finding) => ({ ...finding, at, expiresAt }));
  if (look === undefined) await writeEvidence(items, ref, gate, checks);
  else {
    const { news, stored } = newsOf((await look.evidence()).get(gate) ?? [], checks);
    await writeEvidence(items, ref, gate, news);
    await look.measured(gate, stored);
  }
  return checks;
}

const unmeasured = (checks: readonly string[], error: unknown): readonly Finding[] =>
  checks.map((check) => ({
    check,
    verdict: "unknown",
    reason: `could not be measured: ${error instanceof Error ? error.message : String(error)}`,
  }));
