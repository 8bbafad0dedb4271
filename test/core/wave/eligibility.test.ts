import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Eligibility, eligibility, type WayBackFacts } from "#core/wave/eligibility.ts";
import { canThaw, PHASES, type Phase, ROLL_BACK } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import { rowIn } from "./rows.ts";

const NOW = 2_000_000_000_000;
const measured: WayBackFacts = {
  at: NOW - 1_000,
  seenAt: NOW - 1_000,
  expiresAt: NOW + 60_000,
  hasProducers: true,
  unmirrored: 0,
  lateRecords: 0,
  groups: [{ group: "ledger", repeats: 0 }],
};
const gone = { since: NOW - 5_000, reason: "no broker can be reached" };
const turning = (phase: Phase, hasMovedProducers: boolean): WaveRow => ({
  ...rowIn(phase),
  rollBack: {
    id: "back-1",
    by: "olga",
    cause: "person",
    reason: "the ledger is wrong",
    at: NOW,
    deadlineSeconds: 120,
    from: hasMovedProducers ? "producers-moved" : "consumers-moved",
    hasMovedProducers,
    deadlineAt: NOW + 120_000,
  },
});
const said = ({ reasons }: Eligibility): string => reasons.join("; ");

describe("eligibility", () => {
  it.each(["planned", "preparing", "replicating"] as const)("in %s is clean: abort gives it up", (phase) => {
    const now = eligibility(rowIn(phase), undefined, NOW);
    expect(now).toMatchObject({ kind: "clean", reasons: [expect.stringContaining("abort")] });
    expect(now.knownUntil).toBeUndefined();
  });

  it.each(["rolled-back", "aborted", "returning", "aborting"] as const)("in %s is clean", (phase) => {
    expect(eligibility(turning(phase, true), undefined, NOW).kind).toBe("clean");
  });

  it.each(["freezing", "frozen", "draining", "drained", "thawing"] as const)("in %s is clean: it thaws", (phase) => {
    expect(eligibility(rowIn(phase), { ...measured, targetProblem: gone }, NOW)).toMatchObject({
      kind: "clean",
      reasons: [expect.stringContaining("thaws first")],
    });
  });

  it.each(["sealing", "sealed"] as const)("in %s is impossible, whatever was measured", (phase) => {
    for (const facts of [undefined, measured, { ...measured, expiresAt: 0 }])
      expect(eligibility(rowIn(phase), facts, NOW).kind).toBe("impossible");
  });

  it.each(["moving-consumers", "consumers-moved", "preparing-cutover", "cutover-ready"] as const)(
    "in %s is clean while the target answers, since the source has every record",
    (phase) => {
      const now = eligibility(rowIn(phase), { ...measured, hasProducers: false }, NOW);
      expect(now).toMatchObject({ kind: "clean", knownUntil: measured.expiresAt });
      expect(now.forced).toBeUndefined();
    },
  );

  it.each(["moving-producers", "producers-moved"] as const)("in %s is clean while the reverse mirror runs", (phase) => {
    expect(said(eligibility(rowIn(phase), measured, NOW))).toContain("every record");
    expect(said(eligibility(rowIn(phase), { ...measured, unmirrored: 12 }, NOW))).toContain(
      "12 records are on their way",
    );
  });

  it.each(["rolling-back", "withdrawing"] as const)("in %s follows whether producers had moved", (phase) => {
    const facts = { ...measured, unmirrored: 3, reverseProblem: "connector is FAILED" };
    expect(eligibility(turning(phase, true), facts, NOW).kind).toBe("lossy");
    expect(eligibility(turning(phase, false), { ...facts, hasProducers: false }, NOW).kind).toBe("clean");
  });

  it("is lossy, with how many records and why, where the reverse mirror does not carry them", () => {
    const facts = { ...measured, unmirrored: 7, reverseProblem: "connector r is FAILED" };
    const now = eligibility(rowIn("producers-moved"), facts, NOW);
    expect(now.kind).toBe("lossy");
    expect(said(now)).toMatch(/7 records are on the target only.*connector r is FAILED/);
  });

  it("tells what a forced one costs, where the target does not answer", () => {
    const groups = [
      { group: "audit", repeats: 0, problem: "it moved right before" },
      { group: "ledger", repeats: 4 },
    ];
    const now = eligibility(rowIn("producers-moved"), { ...measured, unmirrored: 9, groups, targetProblem: gone }, NOW);
    expect(now).toMatchObject({ kind: "lossy", forced: { loses: 9, repeats: { audit: 0, ledger: 4 } } });
    expect(said(now)).toMatch(/loses 9 records.*ledger reads 4 again.*last seen at 2033.*audit: it moved right before/);
  });

  it("names late writers' records, which stay", () => {
    expect(said(eligibility(rowIn("producers-moved"), { ...measured, lateRecords: 2 }, NOW))).toContain(
      "2 records of late writers",
    );
  });

  it("is unknown where nothing was measured, or too long ago, or before producers began to move", () => {
    const row = rowIn("producers-moved");
    expect(eligibility(row, undefined, NOW).kind).toBe("unknown");
    expect(said(eligibility(row, { ...measured, expiresAt: NOW }, NOW))).toContain("too long ago");
    expect(eligibility(row, { ...measured, hasProducers: false }, NOW)).toMatchObject({
      kind: "unknown",
      reasons: [expect.stringContaining("since producers began to move")],
    });
  });

  it("where the target went away before it was read with producers there, forced is told with that", () => {
    const facts = { ...measured, hasProducers: false, targetProblem: gone };
    const now = eligibility(rowIn("moving-producers"), facts, NOW);
    expect(now).toMatchObject({ kind: "lossy", forced: { loses: 0, repeats: { ledger: 0 } } });
    expect(said(now)).toMatch(/before producers began to move; what was written .* after it is not counted/);
  });
});

const facts = fc.record(
  {
    at: fc.integer({ min: NOW - 100_000, max: NOW }),
    seenAt: fc.integer({ min: NOW - 100_000, max: NOW }),
    expiresAt: fc.integer({ min: NOW - 50_000, max: NOW + 50_000 }),
    hasProducers: fc.boolean(),
    unmirrored: fc.nat(50),
    lateRecords: fc.nat(3),
    targetProblem: fc.constant(gone),
    reverseProblem: fc.constant("FAILED"),
    groups: fc.array(fc.record({ group: fc.constantFrom("a", "b"), repeats: fc.nat(9) }), { maxLength: 2 }),
  },
  { requiredKeys: ["at", "seenAt", "expiresAt", "hasProducers", "unmirrored", "lateRecords", "groups"] },
);

describe("eligibility, of whatever facts", () => {
  const rows = fc
    .tuple(fc.constantFrom(...PHASES), fc.boolean())
    .map(([phase, hasMoved]) => ({ row: turning(phase, hasMoved), hasMoved }));

  it("is never clean once producers may have moved, unless the target answered and the mirror ran within the time that it is known for", () => {
    fc.assert(
      fc.property(rows, fc.option(facts, { nil: undefined }), ({ row, hasMoved }, seen) => {
        const { phase } = row;
        const isAway =
          phase === "producers-moved" ||
          phase === "moving-producers" ||
          (hasMoved && (phase === ROLL_BACK.doing || phase === ROLL_BACK.withdrawing));
        const known = eligibility(row, seen as WayBackFacts | undefined, NOW);
        if (!isAway) return;
        const isWhole =
          seen !== undefined &&
          seen.expiresAt > NOW &&
          seen.hasProducers &&
          seen.targetProblem === undefined &&
          seen.reverseProblem === undefined;
        expect(known.kind === "clean").toBe(isWhole);
      }),
      { numRuns: 2_000 },
    );
  });

  it("offers a forced one only where the target does not answer, in a phase that it is taken in, and says until when", () => {
    fc.assert(
      fc.property(rows, fc.option(facts, { nil: undefined }), ({ row }, seen) => {
        const known = eligibility(row, seen as WayBackFacts | undefined, NOW);
        if (known.reasons.length === 0) throw new Error("no reason");
        if (known.forced === undefined) return;
        expect(seen?.targetProblem).toBeDefined();
        expect(known.kind).toBe("lossy");
        expect(known.knownUntil).toBeGreaterThan(NOW);
        const from: readonly Phase[] = [...ROLL_BACK.from, ROLL_BACK.doing, ROLL_BACK.withdrawing];
        expect(from).toContain(row.phase);
        expect(canThaw(row.phase) && row.phase !== "moving-producers").toBe(false);
      }),
      { numRuns: 2_000 },
    );
  });
});
