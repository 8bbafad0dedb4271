import { describe, expect, it } from "vitest";
import {
  decideApproval,
  decideClaim,
  decideCompletion,
  decideHold,
  decideResume,
  decideStart,
  decideStepHold,
  decideTakeUp,
  decideThaw,
  decideThawed,
  decideThawRefused,
  isAtRest,
  isClaimStanding,
  type StepClaim,
} from "#core/wave/decisions.ts";
import type { StepName } from "#core/wave/lifecycle.ts";
import type { Approval, WaveRow } from "#core/wave/wave.ts";
import { BEGIN, CLAIM_ID, eventsOf, FREEZE, HOLD, NOW, passedGate, readyFor, row, rowIn, written } from "./rows.ts";

const claimOf = (step: StepName, changes: Partial<StepClaim> = {}): StepClaim => ({
  step,
  run: 3,
  claimId: "claim-2",
  now: NOW,
  leaseUntil: NOW + 60_000,
  ...changes,
});
const thawOf = (changes: { readonly freezeId?: string } = {}) => ({
  claimId: "thaw-1",
  by: "olga",
  kind: "thawed-by-person" as const,
  reason: "ordered",
  cure: "resume",
  now: NOW,
  leaseUntil: NOW + 60_000,
  ...changes,
});
const approvalOf = (changes: Partial<Approval> = {}): Approval => ({
  gate: "cutover",
  person: "carl",
  evidenceHash: "hash-1",
  at: NOW - 500,
  ...changes,
});

describe("start", () => {
  it("given a planned wave, when started, then it is run 1 and still planned", () => {
    const started = decideStart(row(), "olga", NOW);
    expect(written(started)).toMatchObject({ phase: "planned", run: 1 });
    expect(eventsOf(started)).toEqual(["WaveStarted"]);
    expect(decideStart(rowIn("planned", { run: 1 }), "olga", NOW)).toMatchObject({ kind: "already" });
  });
});

describe("a claim", () => {
  it("given its gates passed in this run, then it moves the wave, takes the lease and spends the gate", () => {
    const next = written(decideClaim(readyFor("move-consumers"), claimOf("move-consumers")));
    expect(next).toMatchObject({
      phase: "moving-consumers",
      claim: { step: "move-consumers", id: "claim-2", run: 3, leaseUntil: NOW + 60_000 },
    });
    expect(next.gate).toBeUndefined();
  });

  it.each([
    ["never opened", {}],
    ["open, not passed", { gate: { step: "move-consumers", run: 3, token: "t", openedAt: NOW } }],
    ["passed in an earlier run", { gate: { ...passedGate("move-consumers"), run: 2 } }],
    ["passed before another step", { gate: passedGate("seal") }],
  ] as const)("given gates %s, then it is refused and names them", (_what, changes) => {
    const decision = decideClaim(rowIn("replicating", changes), claimOf("move-consumers"));
    expect(decision).toMatchObject({
      kind: "refused",
      because: expect.stringContaining("replication, offset-plan, cutover"),
    });
  });

  it("given a later run, then it is superseded, whatever the phase", () => {
    for (const phase of ["replicating", "moving-consumers", "drained"] as const)
      expect(decideClaim(rowIn(phase, { run: 4 }), claimOf("move-consumers"))).toMatchObject({ kind: "superseded" });
  });

  it("given a hold, then it is superseded, also where the step was begun", () => {
    expect(decideClaim(readyFor("seal", { hold: HOLD }), claimOf("seal"))).toMatchObject({ kind: "superseded" });
    expect(decideClaim(rowIn("sealing", { hold: HOLD }), claimOf("seal"))).toMatchObject({ kind: "superseded" });
  });

  it("given another's lease, then it waits until that ends, and takes the step up in that millisecond", () => {
    const leased = { step: "start", id: CLAIM_ID, run: 3, leaseUntil: NOW + 1 } as const;
    const preparing = rowIn("preparing", { claim: leased });
    expect(decideClaim(preparing, claimOf("start"))).toEqual({ kind: "leased", until: NOW + 1 });
    const takenUp = decideClaim(preparing, claimOf("start", { now: NOW + 1 }));
    expect(eventsOf(takenUp)).toEqual(["StepTakenUp"]);
    const next = { ...preparing, ...written(takenUp) };
    expect(isClaimStanding(next, "claim-2")).toBe(true);
    expect(isClaimStanding(next, CLAIM_ID)).toBe(false);
  });

  it("given a claim of an earlier run, then that one no longer stands and completes nothing", () => {
    const raised = { ...rowIn("preparing"), ...written(decideTakeUp(rowIn("preparing"), "lost")) };
    expect(isClaimStanding(raised, CLAIM_ID)).toBe(false);
    expect(decideCompletion(raised, CLAIM_ID, {})).toMatchObject({ kind: "superseded" });
    expect(decideStepHold(raised, CLAIM_ID, { kind: "step-stopped", reason: "r", cure: "c" }, NOW)).toMatchObject({
      kind: "superseded",
    });
  });

  it("is journalled with what a person must know if nothing comes after it", () => {
    const decision = decideClaim(
      readyFor("freeze"),
      claimOf("freeze", { freeze: { id: "f-2", deadlineAt: NOW + 9 }, details: { toLiftByHand: ["kafka-acls …"] } }),
    );
    if (decision.kind !== "write") throw new Error(decision.kind);
    expect(decision.events[0].details).toEqual({
      step: "freeze",
      claim: "claim-2",
      freeze: "f-2",
      deadlineAt: NOW + 9,
      toLiftByHand: ["kafka-acls …"],
    });
  });
});

describe("a freeze", () => {
  const freeze = { id: "f-2", deadlineAt: NOW + 60_000 };

  it("given go was said, when claimed, then it has an id, a beginning and a deadline", () => {
    const next = written(decideClaim(readyFor("freeze"), claimOf("freeze", { freeze })));
    expect(next).toMatchObject({ phase: "freezing", freeze: { id: "f-2", startedAt: NOW, deadlineAt: NOW + 60_000 } });
    expect(next.freeze?.mayHaveMovedProducers).toBeUndefined();
  });

  it.each(["drain", "move-producers"] as const)(
    "of another invocation is not gone on with: %s is refused without its id, and with another's",
    (step) => {
      const ready = readyFor(step);
      for (const mine of [{}, { freeze: { id: "f-9", deadlineAt: NOW + 1 } }])
        expect(decideClaim(ready, claimOf(step, mine))).toMatchObject({ kind: "refused", cure: "it thaws" });
      const own = { freeze: { id: FREEZE.id, deadlineAt: NOW + 1 } };
      expect(decideClaim(ready, claimOf(step, own))).toMatchObject({ kind: "write" });
    },
  );

  it.each([
    ["freezing", "freeze"],
    ["draining", "drain"],
  ] as const)("that a dead invocation left %s is not taken up, by its own id neither", (phase, step) => {
    const dead = rowIn(phase, { claim: { step, id: CLAIM_ID, run: 3, leaseUntil: NOW } });
    const claim = claimOf(step, { freeze: { id: FREEZE.id, deadlineAt: NOW + 1 } });
    expect(decideClaim(dead, claim)).toMatchObject({ kind: "refused", cure: "it thaws" });
  });

  it("keeps its deadline through drain; move-producers sets its own, under the same id, and says that clients may write", () => {
    const own = { freeze: { id: FREEZE.id, deadlineAt: NOW + 99_000 } };
    expect(written(decideClaim(readyFor("drain"), claimOf("drain", own))).freeze).toEqual(FREEZE);
    expect(written(decideClaim(readyFor("move-producers"), claimOf("move-producers", own))).freeze).toEqual({
      ...FREEZE,
      deadlineAt: NOW + 99_000,
      mayHaveMovedProducers: true,
    });
  });

  it("whose producers may have moved is taken up with a new deadline and stays the same freeze", () => {
    const moving = { ...FREEZE, mayHaveMovedProducers: true };
    const dead = rowIn("moving-producers", {
      freeze: moving,
      claim: { step: "move-producers", id: CLAIM_ID, run: 3, leaseUntil: NOW },
    });
    const claim = claimOf("move-producers", { freeze: { id: FREEZE.id, deadlineAt: NOW + 99_000 } });
    expect(written(decideClaim(dead, claim)).freeze).toEqual({ ...moving, deadlineAt: NOW + 99_000 });
  });
});

describe("thaw", () => {
  it("takes the turn: it raises the run, waits for no lease, and holds the wave with why", () => {
    const freezing = rowIn("freezing");
    const thawing = written(decideThaw(freezing, thawOf()));
    expect(thawing).toMatchObject({
      phase: "thawing",
      run: 4,
      claim: { step: "thaw", id: "thaw-1", run: 4 },
      hold: { kind: "thawed-by-person", by: "olga", reason: "ordered", cure: "resume" },
      freeze: FREEZE,
    });
    const after = { ...freezing, ...thawing };
    expect(isClaimStanding(after, CLAIM_ID)).toBe(false);
    expect(decideCompletion(after, CLAIM_ID, {})).toMatchObject({ kind: "superseded" });
  });

  it("of an earlier freeze does nothing to a later one", () => {
    for (const phase of ["freezing", "frozen", "draining", "drained", "moving-producers"] as const)
      expect(decideThaw(rowIn(phase), thawOf({ freezeId: "freeze-0" }))).toEqual({
        kind: "already",
        because: "freeze freeze-0 is over",
      });
    expect(decideThaw(rowIn("cutover-ready"), thawOf({ freezeId: "freeze-1" }))).toMatchObject({ kind: "already" });
    expect(decideThaw(rowIn("frozen"), thawOf({ freezeId: FREEZE.id }))).toMatchObject({ kind: "write" });
  });

  it("that somebody is doing is left to them while their lease lasts, and taken up after it in the same run", () => {
    expect(decideThaw(rowIn("thawing"), thawOf())).toEqual({ kind: "leased", until: NOW + 30_000 });
    const waiting = { for: "writes", since: NOW - 5_000 };
    const dead = rowIn("thawing", { claim: { step: "thaw", id: CLAIM_ID, run: 3, leaseUntil: NOW, waiting } });
    const takenUp = decideThaw(dead, thawOf());
    expect(eventsOf(takenUp)).toEqual(["StepTakenUp"]);
    expect(written(takenUp)).toMatchObject({
      phase: "thawing",
      run: 3,
      claim: { id: "thaw-1", waiting },
      freeze: FREEZE,
      hold: HOLD,
    });
  });

  it("when done leaves no freeze and no claim, held; only resume leads on, and go must be said again", () => {
    const spent = approvalOf({ gate: "go", usedBy: "claim-0" });
    const thawing = rowIn("thawing", { approvals: [spent] });
    const thawed = { ...thawing, ...withoutMissing(written(decideThawed(thawing, CLAIM_ID, {}, BEGIN))) };
    expect(thawed).toMatchObject({ phase: "cutover-ready", hold: HOLD });
    expect([thawed.freeze, thawed.claim]).toEqual([undefined, undefined]);
    expect(isAtRest(thawed)).toBe(true);
    const resumed = written(decideResume(thawed, "olga"));
    expect(resumed).toMatchObject({ phase: "cutover-ready", run: 4, approvals: [spent] });
    const claim = claimOf("freeze", { run: 4, freeze: { id: "f-2", deadlineAt: NOW + 1 } });
    expect(decideClaim({ ...thawed, ...withoutMissing(resumed) }, claim)).toMatchObject({ kind: "refused" });
  });

  it("that found a client's write on the target goes back to moving-producers, held, under the same freeze", () => {
    const next = written(decideThawRefused(rowIn("thawing"), CLAIM_ID, "orders/0 grew", "resume", BEGIN));
    expect(next).toMatchObject({
      phase: "moving-producers",
      freeze: FREEZE,
      hold: { kind: "thaw-refused", by: "sluice", reason: "orders/0 grew" },
    });
    expect(next.claim).toBeUndefined();
    const held = { ...rowIn("thawing"), ...withoutMissing(next) };
    expect(isAtRest(held)).toBe(true);
    expect(written(decideResume(held, "olga"))).toMatchObject({ phase: "moving-producers", run: 4, freeze: FREEZE });
  });

  it("completes by nobody else's claim", () => {
    const somebody = rowIn("thawing");
    expect(decideThawed(somebody, "claim-9", {}, BEGIN)).toMatchObject({ kind: "superseded" });
    expect(decideThawRefused(somebody, "claim-9", "r", "c", BEGIN)).toMatchObject({ kind: "superseded" });
    expect(decideCompletion(somebody, CLAIM_ID, {})).toMatchObject({ kind: "superseded" });
  });
});

/** What a store does with a row whose optional members were left out: they are gone. */
const withoutMissing = (next: Partial<WaveRow>): Partial<WaveRow> =>
  ({
    claim: undefined,
    freeze: undefined,
    gate: undefined,
    hold: undefined,
    ...next,
  }) as Partial<WaveRow>;

describe("hold and resume", () => {
  it("a second hold tells who held it first", () => {
    expect(
      decideHold(rowIn("replicating", { hold: HOLD }), {
        kind: "by-person",
        by: "anna",
        at: NOW,
        reason: "r",
        cure: "c",
      }),
    ).toEqual({
      kind: "already",
      because: "held by olga: lunch",
    });
  });

  it("a hold during the freeze names thaw as the cure", () => {
    for (const phase of ["freezing", "frozen", "draining", "drained", "moving-producers"] as const)
      expect(
        decideHold(rowIn(phase), { kind: "by-person", by: "olga", at: NOW, reason: "r", cure: "c" }),
      ).toMatchObject({
        kind: "refused",
        cure: expect.stringContaining("thaw"),
      });
  });

  it("a step that is being done when its wave is held completes, and the wave stays held behind it", () => {
    const held = rowIn("moving-consumers", { hold: HOLD });
    expect(written(decideCompletion(held, CLAIM_ID, {}))).toMatchObject({ phase: "consumers-moved", hold: HOLD });
  });

  it("a wave that is sealed is held no more: nothing is left to hold", () => {
    const sealed = written(decideCompletion(rowIn("sealing", { hold: HOLD }), CLAIM_ID, {}));
    expect(sealed.phase).toBe("sealed");
    expect(sealed.hold).toBeUndefined();
  });

  it("resume raises the run, and forgets the gate and what people approved of it, but not what was used", () => {
    const used = approvalOf({ usedBy: "claim-0", gate: "go" });
    const held = rowIn("replicating", {
      hold: HOLD,
      gate: passedGate("move-consumers"),
      approvals: [used, approvalOf()],
    });
    const resumed = written(decideResume(held, "olga"));
    expect(resumed).toMatchObject({ phase: "replicating", run: 4, approvals: [used] });
    expect([resumed.hold, resumed.gate]).toEqual([undefined, undefined]);
  });

  it("a step's own hold gives its lease back, so that resume goes on at once", () => {
    const held = written(
      decideStepHold(
        rowIn("preparing"),
        CLAIM_ID,
        { kind: "step-stopped", reason: "wrong password", cure: "correct it" },
        NOW,
      ),
    );
    expect(held).toMatchObject({ claim: { leaseUntil: NOW }, hold: { by: "sluice", reason: "wrong password" } });
    const resumed = {
      ...rowIn("preparing"),
      ...withoutMissing(written(decideResume({ ...rowIn("preparing"), ...held }, "olga"))),
    };
    expect(decideClaim(resumed, claimOf("start", { run: 4 }))).toMatchObject({ kind: "write" });
  });
});

describe("approvals", () => {
  const open = { step: "move-consumers", run: 3, token: "t", openedAt: NOW - 1 } as const;
  const waiting = rowIn("replicating", { gate: open });

  it("are written while their gate is open, and journalled by who gave them", () => {
    const decision = decideApproval(waiting, approvalOf());
    expect(written(decision).approvals).toEqual([approvalOf()]);
    if (decision.kind === "write") expect(decision.events[0]).toMatchObject({ by: "carl", event: "ApprovalGiven" });
  });

  it.each([
    ["no gate is open", rowIn("replicating")],
    ["another step's gate is open", rowIn("producers-moved", { gate: { ...open, step: "seal" } })],
    ["its gates have passed", rowIn("replicating", { gate: passedGate("move-consumers") })],
    ["the wave is held", rowIn("replicating", { gate: open, hold: HOLD })],
  ])("are refused where %s", (_what, rowNow) => {
    expect(decideApproval(rowNow, approvalOf())).toMatchObject({ kind: "refused", cure: expect.any(String) });
  });

  it("given twice by one person are one", () => {
    const once = rowIn("producers-moved", {
      gate: { ...open, step: "seal" },
      approvals: [approvalOf({ gate: "seal", person: "sara" })],
    });
    expect(decideApproval(once, approvalOf({ gate: "seal", person: "sara" }))).toMatchObject({ kind: "already" });
    expect(written(decideApproval(once, approvalOf({ gate: "seal", person: "tom" }))).approvals).toHaveLength(2);
  });

  it("for other evidence than the one given before is a new approval", () => {
    const before = { ...waiting, approvals: [approvalOf({ evidenceHash: "hash-0" })] };
    expect(written(decideApproval(before, approvalOf())).approvals).toHaveLength(2);
  });

  it("are used by the claim that they let pass, and by no other", () => {
    const given = [approvalOf(), approvalOf({ gate: "go", person: "carl" })];
    const claimed = written(decideClaim(readyFor("move-consumers", { approvals: given }), claimOf("move-consumers")));
    expect(claimed.approvals.map((a) => a.usedBy)).toEqual(["claim-2", undefined]);
    const freeze = { id: "f", deadlineAt: NOW + 1 };
    const next = written(
      decideClaim(
        readyFor("freeze", { approvals: claimed.approvals }),
        claimOf("freeze", { claimId: "claim-3", freeze }),
      ),
    );
    expect(next.approvals.map((a) => a.usedBy)).toEqual(["claim-2", "claim-3"]);
  });

  it("are not given for a step that was done with another's", () => {
    const used = approvalOf({ usedBy: "claim-0" });
    expect(
      decideApproval(rowIn("consumers-moved", { approvals: [used] }), approvalOf({ person: "anna" })),
    ).toMatchObject({
      kind: "already",
      because: expect.stringContaining("approved by carl"),
    });
  });
});
