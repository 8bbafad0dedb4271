import { describe, expect, it } from "vitest";
import { decideApproval, decideOpenGate, decideResume, decideYield } from "#core/wave/decisions.ts";
import { plannedRow } from "#core/wave/planned-row.ts";
import type { Approval, WaveRow } from "#core/wave/wave.ts";

const row = (changes: Partial<WaveRow> = {}): WaveRow => ({
  ...plannedRow({ migration: "shop", wave: "payments" }, 1000),
  phase: "replicating",
  run: 2,
  ...changes,
});
const open = { gate: { step: "move-consumers", run: 2, token: "t", openedAt: 1 } } as const;
const carls: Approval = { gate: "cutover", person: "carl", evidenceHash: "h", at: 5 };
const dana = { gate: "cutover", person: "dana", evidenceHash: "h", at: 6 } as const;

describe("an approval", () => {
  it("that comes second is told whose came first", () => {
    expect(decideApproval(row({ ...open, approvals: [carls] }), dana)).toEqual({
      kind: "already",
      because: "cutover was approved by carl",
    });
  });

  it("that comes when the wave has gone on is told by whose approval", () => {
    const gone = row({ phase: "moving-consumers", approvals: [{ ...carls, usedBy: "claim-1" }] });
    expect(decideApproval(gone, dana)).toEqual({
      kind: "already",
      because: "cutover was approved by carl; wave payments has gone on and is moving-consumers",
    });
  });

  it("is asked for again after a thaw: the one that an earlier freeze used counts no more", () => {
    const go: Approval = { gate: "go", person: "carl", evidenceHash: "h", at: 5, usedBy: "claim-1" };
    const thawed = row({ phase: "cutover-ready", approvals: [go] });
    expect(decideApproval(thawed, { ...dana, gate: "go" })).toMatchObject({ kind: "refused" });
    const opened = { ...thawed, gate: { step: "freeze", run: 2, token: "t", openedAt: 1 } } as const;
    expect(decideApproval(opened, { ...dana, gate: "go" })).toMatchObject({ kind: "write" });
  });
});

describe("a gate", () => {
  it("that is opened again with the same token keeps that it has passed", () => {
    const passed = row({ gate: { ...open.gate, passedAt: 7 } });
    const again = { step: "move-consumers", run: 2, token: "t", now: 8 } as const;
    expect(decideOpenGate(passed, again)).toMatchObject({ kind: "already" });
    expect(decideOpenGate(passed, { ...again, token: "of another try" })).toMatchObject({ kind: "write" });
  });
});

describe("what a handler waited for", () => {
  it("is kept when it yields, and forgotten when a person resumes", () => {
    const claim = { step: "start", id: "c", run: 2, leaseUntil: 100 } as const;
    const yielded = decideYield(row({ phase: "preparing", claim }), "c", 50, { for: "the workers", since: 10 });
    if (yielded.kind !== "write") throw new Error(yielded.because);
    expect(yielded.next.claim).toEqual({ ...claim, leaseUntil: 50, waiting: { for: "the workers", since: 10 } });
    const hold = { kind: "by-person" as const, by: "olga", at: 60, reason: "r", cure: "c" };
    const resumed = decideResume(row({ ...yielded.next, hold }), "olga");
    if (resumed.kind !== "write") throw new Error(resumed.because);
    expect(resumed.next.claim).toEqual({ ...claim, leaseUntil: 50 });
  });
});
