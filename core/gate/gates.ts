import type { WavePlan } from "#core/migration/migration.ts";
import { type GateName, LIFECYCLE, type LifecycleRow } from "#core/wave/lifecycle.ts";
import type { Approval } from "#core/wave/wave.ts";
import { APPROVALS, isMeasuredGate, type NeededApproval } from "./approvals.ts";
import { asOf, type CheckResult, type Verdict, worst } from "./verdict.ts";

/** The measured gates that a gate's approval stands on: those of its own row, and those judged again before its step. */
export const measuredBeside = (row: LifecycleRow): readonly GateName[] => gatesOf(row).filter(isMeasuredGate);

export type GateReport = {
  readonly gate: GateName;
  readonly verdict: Verdict;
  readonly checks: readonly CheckResult[];
  /** What an approval of this gate must name; only for gates that people close. */
  readonly evidenceHash?: string;
  readonly approvals?: readonly { readonly person: string; readonly at: number }[];
};

export type GateFacts = {
  readonly row: LifecycleRow;
  readonly plan: WavePlan;
  /** Who the wave is: an approval for one attempt is none for the next. */
  readonly subject: { readonly migration: string; readonly wave: string; readonly attempt: number };
  readonly evidence: ReadonlyMap<GateName, readonly CheckResult[]>;
  readonly approvals: readonly Approval[];
  readonly now: number;
  /** SHA-256 in hex of a text. */
  readonly hash: (text: string) => string;
};

/** All that must pass before a row's step: its own gates, and those that are judged once more right before it. */
export const gatesOf = (row: LifecycleRow): readonly GateName[] => [
  ...new Set<GateName>([...row.gates, ...row.judgedAgain]),
];

/**
 * Judges a row's gates, all unless told: measured ones by their evidence, people's by approvals of exactly that evidence, and
 * one that is both by both. Where a gate is only judged again, its approval was used: its measured checks alone count.
 */
export const judgeGates = (facts: GateFacts, gates: readonly GateName[] = gatesOf(facts.row)): readonly GateReport[] =>
  gates.map((gate) => judgeGate(gate, facts));

/** What was measured, whoever approved what: of each gate its measured checks only. */
export const judgeMeasured = (facts: GateFacts): readonly GateReport[] =>
  measuredBeside(facts.row).map((gate) => reportOf(gate, measuredChecks(gate, facts)));

function judgeGate(gate: GateName, facts: GateFacts): GateReport {
  const measured = isMeasuredGate(gate) ? measuredChecks(gate, facts) : [];
  const needed = APPROVALS[gate];
  if (needed === undefined || !(facts.row.gates as readonly GateName[]).includes(gate)) return reportOf(gate, measured);
  const { check, evidenceHash, approvals } = judgeApproval(gate, facts, needed);
  return { ...reportOf(gate, [...measured, check]), evidenceHash, approvals };
}

const reportOf = (gate: GateName, checks: readonly CheckResult[]): GateReport => ({
  gate,
  verdict: worst(checks.map((check) => check.verdict)),
  checks,
});

const measuredChecks = (gate: GateName, facts: GateFacts): readonly CheckResult[] => {
  const checks = (facts.evidence.get(gate) ?? []).map((check) => asOf(check, facts.now));
  return checks.length === 0 ? [noEvidence(gate, facts.now)] : checks;
};

function judgeApproval(gate: GateName, facts: GateFacts, needed: NeededApproval) {
  const evidenceHash = hashEvidence(gate, facts);
  const given = facts.approvals.filter((a) => a.gate === gate && a.usedBy === undefined);
  const people = new Map(given.filter((a) => a.evidenceHash === evidenceHash).map((a) => [a.person, a.at]));
  const stale = given.filter((a) => a.evidenceHash !== evidenceHash && !people.has(a.person));
  const missing = needed.people - people.size;
  const reason =
    missing <= 0
      ? `approved by ${[...people.keys()].join(" and ")}`
      : `waits for ${missing === 1 ? "one person" : `${missing} different people`} with role ${needed.role}` +
        (stale.length > 0 ? `; ${stale.map((a) => a.person).join(", ")} approved evidence that has changed since` : "");
  const verdict: Verdict = missing <= 0 ? "pass" : "hold";
  return {
    check: { check: "approval", verdict, reason, at: facts.now, expiresAt: facts.now + 1 },
    evidenceHash,
    approvals: [...people].map(([person, at]) => ({ person, at })),
  };
}

const noEvidence = (gate: GateName, now: number): CheckResult => ({
  check: gate,
  verdict: "unknown",
  reason: "not measured yet in this run",
  at: now,
  expiresAt: now + 1,
});

/** Covers subject, plan and verdicts, never readings or times: an approval dies when one of these changes. */
function hashEvidence(gate: GateName, facts: GateFacts): string {
  const verdicts = measuredBeside(facts.row).map((measured) => [
    measured,
    (facts.evidence.get(measured) ?? []).map((check) => [check.check, asOf(check, facts.now).verdict]),
  ]);
  return facts.hash(JSON.stringify([gate, facts.subject, facts.plan, verdicts]));
}

/** Everything before a step passes. */
export const allPass = (reports: readonly GateReport[]): boolean =>
  reports.length > 0 && reports.every((report) => report.verdict === "pass");

export const ALL_GATES: readonly GateName[] = [...new Set(LIFECYCLE.flatMap((row): readonly GateName[] => row.gates))];
