import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { APPROVALS } from "#core/gate/approvals.ts";
import { ALL_GATES, allPass, type GateFacts, type GateReport, gatesOf, judgeGates } from "#core/gate/gates.ts";
import type { CheckResult, Verdict } from "#core/gate/verdict.ts";
import { type GateName, LIFECYCLE, type StepName, stepRow } from "#core/wave/lifecycle.ts";
import type { Approval } from "#core/wave/wave.ts";
import { migration } from "../../in-memory/migration.ts";

const NOW = 1_000_000;
const [plan, otherPlan] = migration().waves;
if (plan === undefined || otherPlan === undefined) throw new Error("the file has two waves");

const check = (name: string, verdict: Verdict, more: Partial<CheckResult> = {}): CheckResult => ({
  check: name,
  verdict,
  reason: "measured",
  at: NOW - 1_000,
  expiresAt: NOW + 60_000,
  ...more,
});
const facts = (step: StepName, changes: Partial<GateFacts> = {}): GateFacts => ({
  row: stepRow(step),
  plan,
  subject: { migration: "shop", wave: "payments", attempt: 1 },
  evidence: new Map(),
  approvals: [],
  now: NOW,
  hash: (text) => createHash("sha256").update(text).digest("hex"),
  ...changes,
});
const only = (reports: readonly GateReport[], gate: GateName): GateReport => {
  const report = reports.find((one) => one.gate === gate);
  if (report === undefined) throw new Error(`no report of ${gate}`);
  return report;
};
const passing = new Map<GateName, readonly CheckResult[]>([
  ["replication", [check("delay", "pass"), check("content", "pass")]],
  ["offset-plan", [check("payments-ledger", "pass")]],
  ["cutover", [check("alarms", "pass")]],
  ["observation", [check("late-writers", "pass")]],
]);
const approvalCheck = (report: GateReport): CheckResult | undefined =>
  report.checks.find((one) => one.check === "approval");
const hashOf = (given: GateFacts, gate: GateName): string => {
  const { evidenceHash } = only(judgeGates(given), gate);
  if (evidenceHash === undefined) throw new Error(`${gate} has no hash`);
  return evidenceHash;
};
const approvalOf = (given: GateFacts, gate: GateName, person: string, more: Partial<Approval> = {}): Approval => ({
  gate,
  person,
  evidenceHash: hashOf(given, gate),
  at: NOW,
  ...more,
});

describe("a measured gate", () => {
  it("without evidence is unknown and does not pass", () => {
    const reports = judgeGates(facts("prepare-cutover"));
    expect(only(reports, "keep-up")).toMatchObject({
      verdict: "unknown",
      checks: [{ check: "keep-up", verdict: "unknown", reason: expect.stringContaining("not measured") }],
    });
    expect(allPass(reports)).toBe(false);
  });

  it.each([
    [["pass", "pass"], "pass"],
    [["pass", "unknown", "hold"], "unknown"],
    [["fail", "unknown"], "fail"],
  ] as const)("of checks %j is %s", (verdicts, expected) => {
    const evidence = new Map([["keep-up" as const, verdicts.map((one, index) => check(`c${index}`, one))]]);
    expect(only(judgeGates(facts("prepare-cutover", { evidence })), "keep-up").verdict).toBe(expected);
  });

  it("is unknown once one of its checks has expired", () => {
    const evidence = new Map([["keep-up" as const, [check("a", "pass"), check("b", "pass", { expiresAt: NOW })]]]);
    const report = only(judgeGates(facts("prepare-cutover", { evidence })), "keep-up");
    expect(report.verdict).toBe("unknown");
    expect(report.checks.map((one) => one.verdict)).toEqual(["pass", "unknown"]);
  });
});

describe("a gate of people", () => {
  const measured = facts("move-consumers", { evidence: passing });

  it("waits, names the role, and passes by one approval of exactly its evidence", () => {
    const waiting = only(judgeGates(measured), "cutover");
    expect(waiting).toMatchObject({ verdict: "hold", approvals: [] });
    expect(approvalCheck(waiting)?.reason).toBe("waits for one person with role cutover-approver");
    const approved = { ...measured, approvals: [approvalOf(measured, "cutover", "carl")] };
    expect(only(judgeGates(approved), "cutover")).toMatchObject({
      verdict: "pass",
      approvals: [{ person: "carl", at: NOW }],
      checks: [{ check: "alarms" }, { check: "approval", reason: "approved by carl" }],
    });
    expect(allPass(judgeGates(approved))).toBe(true);
  });

  it("does not pass a step whose measured gates do not, whoever approves", () => {
    const unmeasured = facts("seal");
    const approvals = ["sara", "tom"].map((person) => approvalOf(unmeasured, "seal", person));
    const approved = { ...unmeasured, approvals };
    expect(only(judgeGates(approved), "seal").verdict).toBe("pass");
    expect(allPass(judgeGates(approved))).toBe(false);
  });

  const changed = (gate: GateName, checks: readonly CheckResult[]): GateFacts["evidence"] =>
    new Map([...passing, [gate, checks]]);
  it.each<[string, Partial<GateFacts>]>([
    ["a verdict", { evidence: changed("replication", [check("delay", "hold"), check("content", "pass")]) }],
    [
      "a check that is new",
      { evidence: changed("offset-plan", [check("payments-ledger", "pass"), check("x", "pass")]) },
    ],
    ["a verdict of its own", { evidence: changed("cutover", [check("alarms", "hold")]) }],
    ["evidence that expired", { now: NOW + 60_000 }],
    ["the plan", { plan: otherPlan }],
    ["the attempt", { subject: { migration: "shop", wave: "payments", attempt: 2 } }],
    ["the wave", { subject: { migration: "shop", wave: "orders", attempt: 1 } }],
  ])("is void when this changes: %s", (_what, change) => {
    const approvals = [approvalOf(measured, "cutover", "carl")];
    const report = only(judgeGates({ ...measured, ...change, approvals }), "cutover");
    expect(report.verdict).not.toBe("pass");
    expect(report.approvals).toEqual([]);
    expect(approvalCheck(report)?.reason).toContain("carl approved evidence that has changed since");
  });

  it.each<[string, Partial<GateFacts>]>([
    [
      "a reading",
      { evidence: changed("replication", [check("delay", "pass", { reason: "3 s" }), check("content", "pass")]) },
    ],
    [
      "the time of a measurement",
      { evidence: changed("offset-plan", [check("payments-ledger", "pass", { at: NOW })]) },
    ],
    ["the clock, while evidence lasts", { now: NOW + 59_999 }],
    ["a gate of another step", { evidence: changed("observation", [check("late-writers", "fail")]) }],
  ])("stands when only this changes: %s", (_what, change) => {
    const approvals = [approvalOf(measured, "cutover", "carl")];
    expect(only(judgeGates({ ...measured, ...change, approvals }), "cutover").verdict).toBe("pass");
  });

  it("needs two different people where it says so: one person twice is one", () => {
    const seal = facts("seal", { evidence: passing });
    const once = approvalOf(seal, "seal", "sara");
    const judged = (approvals: readonly Approval[]) => only(judgeGates({ ...seal, approvals }), "seal");
    expect(judged([]).checks[0]?.reason).toBe("waits for 2 different people with role seal-approver");
    expect(judged([once]).checks[0]?.reason).toBe("waits for one person with role seal-approver");
    expect(judged([once, { ...once, at: NOW + 1 }])).toMatchObject({
      verdict: "hold",
      approvals: [{ person: "sara" }],
    });
    expect(judged([once, approvalOf(seal, "seal", "tom")]).verdict).toBe("pass");
  });

  it("counts no approval that was used, and none of another gate", () => {
    const used = approvalOf(measured, "cutover", "carl", { usedBy: "claim-1" });
    const forGo = { ...approvalOf(measured, "cutover", "carl"), gate: "go" as const };
    expect(only(judgeGates({ ...measured, approvals: [used, forGo] }), "cutover").verdict).toBe("hold");
  });

  it("passes by its approval and its own checks together where it has both, and by neither alone", () => {
    const held = facts("move-consumers", { evidence: changed("cutover", [check("alarms", "hold")]) });
    const approved = { ...held, approvals: [approvalOf(held, "cutover", "carl")] };
    expect(only(judgeGates(approved), "cutover")).toMatchObject({
      verdict: "hold",
      checks: [
        { check: "alarms", verdict: "hold" },
        { check: "approval", verdict: "pass" },
      ],
    });
    expect(only(judgeGates(measured), "cutover").verdict).toBe("hold");
    const unmeasured = facts("move-consumers");
    const blind = { ...unmeasured, approvals: [approvalOf(unmeasured, "cutover", "carl")] };
    expect(only(judgeGates(blind), "cutover")).toMatchObject({
      verdict: "unknown",
      checks: [{ reason: expect.stringContaining("not measured") }, { verdict: "pass" }],
    });
  });

  it("is judged again by its own checks alone: its approval was used", () => {
    const used = { ...approvalOf(measured, "cutover", "carl"), usedBy: "claim-1" };
    const again = (own: CheckResult) =>
      only(
        judgeGates(facts("freeze", { evidence: changed("cutover", [own]), approvals: [used] }), ["cutover"]),
        "cutover",
      );
    expect(again(check("alarms", "pass"))).toEqual({
      gate: "cutover",
      verdict: "pass",
      checks: [check("alarms", "pass")],
    });
    expect(again(check("alarms", "hold")).verdict).toBe("hold");
    expect(again(check("alarms", "pass", { expiresAt: NOW })).verdict).toBe("unknown");
  });

  it("stands on what is judged again before its step, too: go on replication and alarms", () => {
    const go = facts("freeze", { evidence: passing });
    expect(gatesOf(go.row)).toEqual(["go", "replication", "cutover"]);
    const approvals = [approvalOf(go, "go", "carl")];
    expect(allPass(judgeGates({ ...go, approvals }))).toBe(true);
    const late = {
      ...go,
      approvals,
      evidence: changed("replication", [check("delay", "fail"), check("content", "pass")]),
    };
    expect(only(judgeGates(late), "go").verdict).toBe("hold");
    expect(allPass(judgeGates(late))).toBe(false);
  });
});

it("nothing to judge passes nothing", () => {
  expect(allPass([])).toBe(false);
  expect(judgeGates(facts("drain"))).toEqual([]);
});

it("every gate of the table is either measured or closed by people, and people close no other", () => {
  expect([...ALL_GATES].sort()).toEqual([...new Set(LIFECYCLE.flatMap((row): readonly string[] => row.gates))].sort());
  for (const gate of Object.keys(APPROVALS)) expect(ALL_GATES).toContain(gate);
});
