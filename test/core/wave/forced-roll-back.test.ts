import { describe, expect, it } from "vitest";
import { decideForcedRollBack, decideReturn, decideTurn, decideWithdraw, type Toll } from "#core/wave/way-back.ts";
import { BEGIN, CLAIM_ID, eventsOf, NOW, ROLL_BACK_ORDER, ROLLING_BACK, rowIn, written } from "./rows.ts";

const TOLL: Toll = { loses: 3, repeats: { ledger: 1 } };
const force = (row: Parameters<typeof decideForcedRollBack>[0]) =>
  decideForcedRollBack(row, ROLL_BACK_ORDER, TOLL, BEGIN);

describe("a forced roll-back", () => {
  it("begins in a run of its own, with nobody's claim, hold or gate, and journals what was confirmed", () => {
    const decision = force(
      rowIn("producers-moved", { hold: { kind: "by-person", by: "sluice", at: NOW, reason: "r", cure: "c" } }),
    );
    const next = written(decision);
    expect(next).toMatchObject({
      phase: "rolling-back",
      run: 4,
      rollBack: { isForced: true, hasMovedProducers: true },
    });
    for (const gone of ["claim", "hold", "gate", "freeze"]) expect(next).not.toHaveProperty(gone);
    expect(decision).toMatchObject({ events: [{ event: "RollBackForced", by: "olga", details: { ...TOLL } }] });
  });

  it.each(["rolling-back", "withdrawing"] as const)(
    "takes over from an ordinary one that is %s, and remembers where that one began",
    (phase) => {
      for (const from of ["consumers-moved", "producers-moved"] as const) {
        const row = rowIn(phase, {
          rollBack: { ...ROLLING_BACK, from, hasMovedProducers: from === "producers-moved" },
        });
        expect(written(force(row)).rollBack).toMatchObject({
          from,
          hasMovedProducers: from === "producers-moved",
          isForced: true,
          id: BEGIN.id,
        });
      }
    },
  );

  it("that is under way is not begun again", () => {
    const row = rowIn("rolling-back", { rollBack: { ...ROLLING_BACK, isForced: true } });
    expect(force(row)).toMatchObject({ kind: "already", because: expect.stringContaining("ordered by olga") });
  });

  it.each([
    ["returning", "already"],
    ["rolled-back", "already"],
    ["sealing", "refused"],
    ["sealed", "refused"],
    ["frozen", "refused"],
    ["replicating", "refused"],
  ] as const)("in %s is %s", (phase, kind) => {
    expect(force(rowIn(phase))).toMatchObject({ kind, because: expect.any(String) });
  });

  it("has no deadline: nobody could go on where it would be withdrawn to", () => {
    const late = ROLLING_BACK.deadlineAt + 1;
    const row = rowIn("rolling-back", { rollBack: { ...ROLLING_BACK, isForced: true } });
    const turn = { run: 3, claimId: "next", now: late, leaseUntil: late + 1 };
    expect(decideWithdraw(row, { ...turn, rollBackId: ROLLING_BACK.id, reason: "r", cure: "c" }).kind).toBe(
      "superseded",
    );
    expect(eventsOf(decideReturn(row, CLAIM_ID, late, {}))).toEqual(["ReturnClaimed"]);
    expect(decideTurn(row, turn).kind).toBe("write");
  });

  it("an older handler's turn is over once it was ordered", () => {
    const row = { ...rowIn("producers-moved"), ...written(force(rowIn("rolling-back"))) };
    expect(decideReturn(row, CLAIM_ID, NOW, {}).kind).toBe("superseded");
    expect(decideTurn(row, { run: 3, claimId: "old", now: NOW, leaseUntil: NOW + 1 }).kind).toBe("superseded");
  });
});
