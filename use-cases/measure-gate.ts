import type { CheckResult } from "#core/gate/verdict.ts";
import type { GateName } from "#core/wave/lifecycle.ts";
import type { WaveRef, WaveRow } from "#core/wave/wave.ts";
import { writeEvidence } from "./evidence.ts";
import { measureKeepUp } from "./measure-keep-up.ts";
import { measureObservation } from "./measure-observation.ts";
import { measureOffsetPlan } from "./measure-offset-plan.ts";
import { measureReplication } from "./measure-replication.ts";
import type { Finding, Measuring } from "./measuring.ts";
import type { Deps } from "./ports/deps.ts";
import { loadPlan } from "./run-step.ts";

type Measure = (measuring: Measuring) => Promise<readonly Finding[]>;

/** The gates that a tick measures; a gate is a list of checks. */
const MEASURES: Partial<Record<GateName, Measure>> = {
  replication: measureReplication,
  "offset-plan": measureOffsetPlan,
  "keep-up": measureKeepUp,
  observation: measureObservation,
};

/**
 * Measures one gate now and stores the evidence with its expiry. What cannot be measured is unknown and says why: what an
 * earlier measurement said must not pass for now, and one gate's trouble must not keep the rest of a tick from happening.
 */
export async function measureGate(
  deps: Deps,
  ref: WaveRef,
  row: WaveRow,
  gate: GateName,
): Promise<readonly CheckResult[]> {
  const measure = MEASURES[gate];
  if (measure === undefined) return [];
  const { migration, plan } = await loadPlan(deps, ref);
  const at = deps.clock.now();
  const findings = await deps
    .estate(migration)
    .then((estate) => measure({ deps, ref, row, migration, plan, estate, at }))
    .catch((error: unknown) => unmeasured(deps, ref, gate, error));
  const expiresAt = at + migration.policy.evidenceSeconds * 1000;
  const checks = findings.map((finding) => ({ ...finding, at, expiresAt }));
  await writeEvidence(deps.store.items, ref, gate, checks);
  return checks;
}

/** Each check that is known of this gate, unknown with the fault's own sentence. */
async function unmeasured(deps: Deps, ref: WaveRef, gate: GateName, error: unknown): Promise<readonly Finding[]> {
  const known = (await readEvidence(deps.store.items, ref)).get(gate) ?? [];
  const reason = `could not be measured: ${error instanceof Error ? error.message : String(error)}`;
  const checks = known.length > 0 ? known.map(({ check }) => check) : (FIRST_CHECKS[gate] ?? []);
  return checks.map((check) => ({ check, verdict: "unknown", reason }));
}
