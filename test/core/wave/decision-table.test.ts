/** What each phase answers to each command, said outright: a phase or a command that is added here needs its own line. */
import { describe, expect, it } from "vitest";
import {
  decideClaim,
  decideCompletion,
  decideGatePassed,
  decideHold,
  decideOpenGate,
  decideResume,
  decideStart,
  decideStepHold,
  decideTakeUp,
  decideThaw,
  decideThawed,
  decideThawRefused,
  decideYield,
  isAtRest,
  isPastDeadline,
} from "#core/wave/decisions.ts";
import { isTurnPhase, LIFECYCLE, PHASES, type Phase, type StepName, TURNS } from "#core/wave/lifecycle.ts";
import type { WaveRow } from "#core/wave/wave.ts";
import {
  decideAbort,
  decideAborted,
  decideForcedRollBack,
  decideRetry,
  decideReturn,
  decideRollBack,
  decideRollBackAfterThaw,
  decideRolledBack,
  decideTurn,
  decideWithdraw,
  decideWithdrawn,
} from "#core/wave/way-back.ts";
import {
  BEGIN,
  CLAIM_ID,
  eventsOf,
  FREEZE,
  HOLD,
  NOW,
  passedGate,
  ROLL_BACK_ORDER,
  ROLLING_BACK,
  row,
  rowIn,
  written,
} from "./rows.ts";

/** Rows of words; the first line names the columns, the first word of each other line its phase. */
const tableOf = (text: string): { readonly phase: Phase; readonly cells: Readonly<Record<string, string>> }[] => {
  const [head = [], ...lines] = text
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  return lines.map(([phase, ...cells]) => ({
    phase: phase as Phase,
    cells: Object.fromEntries(cells.map((cell, index) => [head[index + 1] ?? "", cell])),
  }));
};
/** The event that is written, else what kind of answer it is; "-" for superseded. */
const answer = (decision: { readonly kind: string }): string => {
  const [event] = eventsOf(decision);
  return event ?? (decision.kind === "superseded" ? "-" : decision.kind);
};

const order = {
  claimId: "thaw-1",
  by: "olga",
  kind: "thawed-by-person" as const,
  reason: "r",
  cure: "c",
  now: NOW,
  leaseUntil: NOW + 1,
};

const COMMANDS: Readonly<Record<string, (phase: Phase) => { readonly kind: string }>> = {
  start: (phase) => decideStart(rowIn(phase), "olga", NOW),
  hold: (phase) => decideHold(rowIn(phase), { kind: "by-person", by: "olga", at: NOW, reason: "r", cure: "c" }),
  resume: (phase) => decideResume(rowIn(phase, { hold: HOLD }), "olga"),
  thaw: (phase) => decideThaw(rowIn(phase), order),
  "take-up": (phase) => decideTakeUp(rowIn(phase), "its execution is not running"),
  complete: (phase) => decideCompletion(rowIn(phase), CLAIM_ID, {}),
  yield: (phase) => decideYield(rowIn(phase), CLAIM_ID, NOW),
  "step-hold": (phase) => decideStepHold(rowIn(phase), CLAIM_ID, { kind: "step-stopped", reason: "r", cure: "c" }, NOW),
};

describe("a started wave, by phase", () => {
  const table = tableOf(`
    phase              start    hold      resume       thaw         take-up    complete            yield        step-hold
    planned            already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    preparing          already  WaveHeld  WaveResumed  already      RunRaised  ReplicationStarted  StepYielded  WaveHeld
    replicating        already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    moving-consumers   already  WaveHeld  WaveResumed  already      RunRaised  ConsumersMoved      StepYielded  WaveHeld
    consumers-moved    already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    preparing-cutover  already  WaveHeld  WaveResumed  already      RunRaised  CutoverPrepared     StepYielded  WaveHeld
    cutover-ready      already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    freezing           already  refused   WaveResumed  ThawClaimed  RunRaised  WaveFrozen          StepYielded  WaveHeld
    frozen             already  refused   WaveResumed  ThawClaimed  RunRaised  -                   -            -
    draining           already  refused   WaveResumed  ThawClaimed  RunRaised  DrainProved         StepYielded  WaveHeld
    drained            already  refused   WaveResumed  ThawClaimed  RunRaised  -                   -            -
    moving-producers   already  refused   WaveResumed  ThawClaimed  RunRaised  ProducersMoved      StepYielded  WaveHeld
    producers-moved    already  WaveHeld  WaveResumed  already      RunRaised  -                   -            -
    sealing            already  WaveHeld  WaveResumed  already      RunRaised  WaveSealed          StepYielded  WaveHeld
    sealed             already  refused   WaveResumed  already      refused    -                   -            -
    thawing            already  already   refused      leased       RunRaised  -                   StepYielded  WaveHeld
    rolling-back       already  refused   refused      already      RunRaised  -                   StepYielded  WaveHeld
    returning          already  refused   refused      already      RunRaised  -                   StepYielded  WaveHeld
    withdrawing        already  already   refused      already      RunRaised  -                   StepYielded  WaveHeld
    rolled-back        refused  refused   WaveResumed  already      refused    -                   -            -
    aborting           refused  WaveHeld  WaveResumed  already      RunRaised  -                   StepYielded  WaveHeld
    aborted            refused  refused   WaveResumed  already      refused    -                   -            -
  `);

  it("has a line for every phase", () => {
    expect(table.map((line) => line.phase).sort()).toEqual([...PHASES].sort());
  });

  it.each(table)("$phase answers as its line says", ({ phase, cells }) => {
    const answers = Object.fromEntries(
      Object.keys(cells).map((command) => [command, answer(COMMANDS[command]?.(phase) ?? { kind: "no command" })]),
    );
    expect(answers).toEqual(cells);
  });

  it.each(LIFECYCLE)(
    "is $to when $step has completed, with no claim, and the freeze only until producers moved",
    (step) => {
      const next = written(decideCompletion(rowIn(step.doing), CLAIM_ID, {}));
      expect(next).toMatchObject({ phase: step.to, run: 3 });
      expect(next.claim).toBeUndefined();
      expect(next.freeze !== undefined).toBe(["freeze", "drain"].includes(step.step));
    },
  );
});

describe("the claim of a step, by phase", () => {
  const claim = (rowNow: WaveRow, step: StepName) =>
    decideClaim(rowNow, {
      step,
      run: 3,
      claimId: "claim-2",
      now: NOW,
      leaseUntil: NOW + 60_000,
      ...(["freeze", "drain", "move-producers"].includes(step) && {
        freeze: { id: FREEZE.id, deadlineAt: NOW + 60_000 },
      }),
    });
  const claimed = tableOf(`
    phase              start        move-consumers  prepare-cutover  freeze       drain        move-producers  seal
    planned            StepClaimed  -               -                -            -            -               -
    preparing          leased       -               -                -            -            -               -
    replicating        -            StepClaimed     -                -            -            -               -
    moving-consumers   -            leased          -                -            -            -               -
    consumers-moved    -            -               StepClaimed      -            -            -               -
    preparing-cutover  -            -               leased           -            -            -               -
    cutover-ready      -            -               -                StepClaimed  -            -               -
    freezing           -            -               -                leased       -            -               -
    frozen             -            -               -                -            StepClaimed  -               -
    draining           -            -               -                -            leased       -               -
    drained            -            -               -                -            -            StepClaimed     -
    moving-producers   -            -               -                -            -            leased          -
    producers-moved    -            -               -                -            -            -               StepClaimed
    sealing            -            -               -                -            -            -               leased
    sealed             -            -               -                -            -            -               -
    thawing            -            -               -                -            -            -               -
    rolling-back       -            -               -                -            -            -               -
    returning          -            -               -                -            -            -               -
    withdrawing        -            -               -                -            -            -               -
    rolled-back        -            -               -                -            -            -               -
    aborting           -            -               -                -            -            -               -
    aborted            -            -               -                -            -            -               -
  `);

  it("has a line for every phase and a column for every step", () => {
    expect(claimed.map((line) => line.phase).sort()).toEqual([...PHASES].sort());
    for (const { cells } of claimed) expect(Object.keys(cells)).toEqual(LIFECYCLE.map((step) => step.step));
  });

  it.each(claimed)("$phase lets only its own step begin", ({ phase, cells }) => {
    const answers = LIFECYCLE.map(({ step }) => [
      step,
      answer(claim({ ...rowIn(phase), hold: undefined, gate: passedGate(step) } as WaveRow, step)),
    ]);
    expect(Object.fromEntries(answers)).toEqual(cells);
  });

  it.each(LIFECYCLE)(
    "$step is taken up when its lease has ended, unless it is the freeze or the drain of another",
    (step) => {
      const over = { step: step.step, id: CLAIM_ID, run: 3, leaseUntil: NOW };
      const decision = claim(rowIn(step.doing, { claim: over }), step.step);
      if (step.step === "freeze" || step.step === "drain") {
        expect(decision).toMatchObject({ kind: "refused", cure: "it thaws" });
        return;
      }
      expect(eventsOf(decision)).toEqual(["StepTakenUp"]);
      expect(written(decision)).toMatchObject({
        phase: step.doing,
        claim: { id: "claim-2", leaseUntil: NOW + 60_000 },
      });
    },
  );
});

const turn = { run: 3, claimId: "turn-2", now: NOW, leaseUntil: NOW + 20_000 };
const toll = { loses: 3, repeats: { "payments-ledger": 2 } };

/** The phase's own row, claimed where it is a doing-phase. */
const WAY_BACK: Readonly<Record<string, (phase: Phase) => { readonly kind: string }>> = {
  "roll-back": (phase) => decideRollBack(rowIn(phase), ROLL_BACK_ORDER, BEGIN),
  "after-thaw": (phase) => decideRollBackAfterThaw(rowIn(phase), ROLL_BACK_ORDER),
  force: (phase) => decideForcedRollBack(rowIn(phase), ROLL_BACK_ORDER, toll, BEGIN),
  abort: (phase) => decideAbort(rowIn(phase), { by: "olga", at: NOW, deletesTargetTopics: false, reason: "not today" }),
  retry: (phase) => decideRetry(rowIn(phase), "olga", NOW),
  turn: (phase) => decideTurn(rowIn(phase), turn),
  return: (phase) => decideReturn(rowIn(phase), CLAIM_ID, NOW, {}),
  "rolled-back": (phase) => decideRolledBack(rowIn(phase), CLAIM_ID, {}),
  withdraw: (phase) => decideWithdraw(rowIn(phase), { ...turn, rollBackId: ROLLING_BACK.id, reason: "r", cure: "c" }),
  withdrawn: (phase) => decideWithdrawn(rowIn(phase), CLAIM_ID, {}),
  aborted: (phase) => decideAborted(rowIn(phase), CLAIM_ID, {}),
};

describe("the way back of a started wave, by phase", () => {
  const table = tableOf(`
    phase              roll-back        after-thaw       force           abort         retry        turn    return         rolled-back     withdraw           withdrawn          aborted
    planned            refused          refused          refused         AbortOrdered  refused      -       -              -               -                  -                  -
    preparing          refused          refused          refused         AbortOrdered  refused      -       -              -               -                  -                  -
    replicating        refused          refused          refused         AbortOrdered  refused      -       -              -               -                  -                  -
    moving-consumers   RollBackOrdered  refused          RollBackForced  refused       refused      -       -              -               -                  -                  -
    consumers-moved    RollBackOrdered  refused          RollBackForced  refused       refused      -       -              -               -                  -                  -
    preparing-cutover  RollBackOrdered  refused          RollBackForced  refused       refused      -       -              -               -                  -                  -
    cutover-ready      RollBackOrdered  refused          RollBackForced  refused       refused      -       -              -               -                  -                  -
    freezing           refused          refused          refused         refused       refused      -       -              -               -                  -                  -
    frozen             refused          refused          refused         refused       refused      -       -              -               -                  -                  -
    draining           refused          refused          refused         refused       refused      -       -              -               -                  -                  -
    drained            refused          refused          refused         refused       refused      -       -              -               -                  -                  -
    moving-producers   RollBackOrdered  refused          RollBackForced  refused       refused      -       -              -               -                  -                  -
    producers-moved    RollBackOrdered  refused          RollBackForced  refused       refused      -       -              -               -                  -                  -
    sealing            refused          refused          refused         refused       refused      -       -              -               -                  -                  -
    sealed             refused          refused          refused         refused       refused      -       -              -               -                  -                  -
    thawing            refused          RollBackOrdered  refused         refused       refused      -       -              -               -                  -                  -
    rolling-back       already          refused          RollBackForced  refused       refused      leased  ReturnClaimed  -               WithdrawalClaimed  -                  -
    returning          already          refused          already         refused       refused      leased  -              WaveRolledBack  -                  -                  -
    withdrawing        refused          refused          RollBackForced  refused       refused      leased  -              -               -                  RollBackWithdrawn  -
    rolled-back        already          refused          already         refused       WaveRetried  -       -              -               -                  -                  -
    aborting           refused          refused          refused         already       refused      leased  -              -               -                  -                  WaveAborted
    aborted            refused          refused          refused         already       WaveRetried  -       -              -               -                  -                  -
  `);

  it("has a line for every phase", () => {
    expect(table.map((line) => line.phase).sort()).toEqual([...PHASES].sort());
  });

  it.each(table)("$phase answers as its line says", ({ phase, cells }) => {
    const answers = Object.fromEntries(
      Object.keys(cells).map((command) => [command, answer(WAY_BACK[command]?.(phase) ?? { kind: "no command" })]),
    );
    expect(answers).toEqual(cells);
  });

  const turns = PHASES.filter(isTurnPhase);
  it.each(turns)("%s is taken up once its lease has ended, and by its own run only", (phase) => {
    const over = { step: TURNS[phase], id: CLAIM_ID, run: 3, leaseUntil: NOW };
    const taken = decideTurn(rowIn(phase, { claim: over }), turn);
    expect(eventsOf(taken)).toEqual(["StepTakenUp"]);
    expect(written(taken)).toMatchObject({ phase, run: 3, claim: { step: TURNS[phase], id: "turn-2" } });
    expect(decideTurn(rowIn(phase, { claim: over }), { ...turn, run: 2 })).toMatchObject({ kind: "superseded" });
  });

  it.each(turns)("%s held: an abort rests, and whoever stands still goes on", (phase) => {
    const free = { step: TURNS[phase], id: CLAIM_ID, run: 3, leaseUntil: NOW };
    const taken = decideTurn(rowIn(phase, { claim: free, hold: HOLD }), turn);
    expect(taken.kind).toBe(phase === "aborting" ? "superseded" : "write");
  });

  it.each(turns)("%s is ended by the holder of its claim only", (phase) => {
    const foreign = rowIn(phase, { claim: { step: TURNS[phase], id: "another", run: 3, leaseUntil: NOW + 1 } });
    const earlier = rowIn(phase, { run: 4 });
    for (const one of [foreign, earlier])
      for (const decision of [
        decideReturn(one, CLAIM_ID, NOW, {}),
        decideRolledBack(one, CLAIM_ID, {}),
        decideWithdrawn(one, CLAIM_ID, {}),
        decideAborted(one, CLAIM_ID, {}),
      ])
        expect(decision).toMatchObject({ kind: "superseded" });
  });

  it("claims its last turn up to the deadline only, unless it is forced", () => {
    const { deadlineAt } = ROLLING_BACK;
    expect(decideReturn(rowIn("rolling-back"), CLAIM_ID, deadlineAt - 1, {}).kind).toBe("write");
    expect(decideReturn(rowIn("rolling-back"), CLAIM_ID, deadlineAt, {}).kind).toBe("past-deadline");
    const forced = rowIn("rolling-back", { rollBack: { ...ROLLING_BACK, isForced: true } });
    expect(decideReturn(forced, CLAIM_ID, deadlineAt, {}).kind).toBe("write");
  });

  it("withdraws the roll-back that it names, and none that is forced", () => {
    const given = { ...turn, reason: "r", cure: "c" };
    expect(decideWithdraw(rowIn("rolling-back"), { ...given, rollBackId: "an earlier one" }).kind).toBe("superseded");
    const forced = rowIn("rolling-back", { rollBack: { ...ROLLING_BACK, isForced: true } });
    expect(decideWithdraw(forced, { ...given, rollBackId: ROLLING_BACK.id }).kind).toBe("superseded");
    expect(decideForcedRollBack(forced, ROLL_BACK_ORDER, toll, BEGIN)).toMatchObject({ kind: "already" });
  });

  it.each([
    ["moving-consumers", "moving-consumers"],
    ["consumers-moved", "consumers-moved"],
    ["preparing-cutover", "preparing-cutover"],
    ["cutover-ready", "cutover-ready"],
    ["moving-producers", "producers-moved"],
    ["producers-moved", "producers-moved"],
  ] as const)("begun in %s it is withdrawn to %s, held, where nobody's claim or freeze stands", (from, to) => {
    const begun = written(decideRollBack(rowIn(from), ROLL_BACK_ORDER, BEGIN));
    expect(begun).toMatchObject({
      phase: "rolling-back",
      run: 4,
      rollBack: { id: BEGIN.id, from, hasMovedProducers: to === "producers-moved", deadlineAt: NOW + 120_000 },
    });
    for (const key of ["claim", "freeze", "gate", "hold"] as const) expect(begun[key], key).toBeUndefined();
    const withdrawing = written(
      decideWithdraw(row({ ...begun }), { ...turn, run: 4, rollBackId: BEGIN.id, reason: "r", cure: "c" }),
    );
    expect(withdrawing).toMatchObject({
      phase: "withdrawing",
      run: 5,
      hold: { kind: "roll-back-withdrawn", by: "sluice", reason: "r" },
    });
    const ended = written(decideWithdrawn(row({ ...withdrawing }), "turn-2", {}));
    expect(ended).toMatchObject({ phase: to, run: 5, hold: { reason: "r" } });
    expect(ended.rollBack).toBeUndefined();
    expect(isAtRest(row({ ...ended }))).toBe(true);
  });

  it("ordered of a thawing wave begins where the thaw leads to, once", () => {
    const ordered = written(decideRollBackAfterThaw(rowIn("thawing"), ROLL_BACK_ORDER));
    expect(ordered).toMatchObject({ phase: "thawing", run: 3, rollBackOrder: ROLL_BACK_ORDER });
    expect(decideRollBackAfterThaw(row({ ...ordered }), { ...ROLL_BACK_ORDER, by: "tom" })).toMatchObject({
      kind: "already",
      because: expect.stringContaining("olga: the ledger is wrong"),
    });
    const thawed = written(decideThawed(row({ ...ordered }), CLAIM_ID, {}, BEGIN));
    expect(thawed).toMatchObject({ phase: "rolling-back", run: 4, rollBack: { from: "cutover-ready" } });
    const refusedThaw = written(decideThawRefused(row({ ...ordered }), CLAIM_ID, "r", "c", BEGIN));
    expect(refusedThaw).toMatchObject({
      phase: "rolling-back",
      rollBack: { from: "moving-producers", hasMovedProducers: true },
    });
    for (const next of [thawed, refusedThaw]) expect(next.hold ?? next.freeze ?? next.rollBackOrder).toBeUndefined();
  });

  it("retried: another attempt with no approval, claim or hold of the last one", () => {
    const approvals = [{ gate: "seal", person: "sara", evidenceHash: "h", at: NOW, usedBy: "claim-0" }] as const;
    for (const phase of ["rolled-back", "aborted"] as const) {
      const next = written(decideRetry(rowIn(phase, { approvals: [...approvals], hold: HOLD }), "tom", NOW));
      expect(next).toMatchObject({ phase: "planned", attempt: 2, run: 4, approvals: [], attemptStartedBy: "tom" });
      expect(next.abort ?? next.rollBack ?? next.hold ?? next.claim).toBeUndefined();
      expect(decideRetry(row({ ...next }), "olga", NOW)).toMatchObject({
        kind: "already",
        because: expect.stringContaining("was started by tom"),
      });
    }
  });

  it("told of a seal that was faster: by whom", () => {
    const approvals = ["sara", "tom"].map((person) => ({
      gate: "seal" as const,
      person,
      evidenceHash: "h",
      at: NOW,
      usedBy: "claim-0",
    }));
    for (const phase of ["sealing", "sealed"] as const)
      expect(decideRollBack(rowIn(phase, { approvals }), ROLL_BACK_ORDER, BEGIN)).toMatchObject({
        kind: "refused",
        because: expect.stringContaining("approved by sara and tom"),
      });
  });
});

describe("the gate before a step, by phase", () => {
  it.each(PHASES)("opens in %s for the step that waits there, and for no other", (phase) => {
    for (const step of LIFECYCLE) {
      const opened = decideOpenGate(rowIn(phase), { step: step.step, run: 3, token: "t", now: NOW });
      expect(answer(opened), step.step).toBe(phase === step.from && step.gates.length > 0 ? "GateOpened" : "-");
    }
  });

  it("opens for no run that is over and for no held wave", () => {
    const gate = { step: "move-consumers", run: 2, token: "t", now: NOW } as const;
    expect(decideOpenGate(rowIn("replicating"), gate)).toMatchObject({ kind: "superseded" });
    const held = rowIn("replicating", { hold: HOLD });
    expect(decideOpenGate(held, { ...gate, run: 3 })).toMatchObject({ kind: "superseded" });
  });

  it("passes once, and not while the wave is held", () => {
    const open = { step: "move-consumers", run: 3, token: "t", openedAt: NOW } as const;
    const passed = decideGatePassed(rowIn("replicating", { gate: open }), open, NOW + 1);
    expect(written(passed).gate).toEqual({ ...open, passedAt: NOW + 1 });
    const again = { ...rowIn("replicating"), gate: { ...open, passedAt: NOW } };
    expect(decideGatePassed(again, open, NOW + 2)).toMatchObject({ kind: "already" });
    const held = rowIn("replicating", { gate: open, hold: HOLD });
    expect(decideGatePassed(held, open, NOW + 2)).toMatchObject({ kind: "already" });
    expect(decideGatePassed(rowIn("replicating"), open, NOW + 2)).toMatchObject({ kind: "already" });
  });

  it("that was opened in a later run does not pass by what was judged before", () => {
    const judged = { step: "move-consumers", run: 2, token: "of run 2", openedAt: NOW } as const;
    const later = rowIn("replicating", { gate: { ...judged, run: 3, token: "of run 3" } });
    expect(decideGatePassed(later, judged, NOW)).toMatchObject({ kind: "already" });
  });
});

describe("a wave's rest and its deadline, by phase", () => {
  const table = tableOf(`
    phase              moving  held   past  held-past
    planned            busy    rest   no    no
    preparing          busy    rest   no    no
    replicating        busy    rest   no    no
    moving-consumers   busy    rest   no    no
    consumers-moved    busy    rest   no    no
    preparing-cutover  busy    rest   no    no
    cutover-ready      busy    rest   no    no
    freezing           busy    busy   yes   yes
    frozen             busy    busy   yes   yes
    draining           busy    busy   yes   yes
    drained            busy    busy   yes   yes
    moving-producers   busy    rest   yes   no
    producers-moved    busy    rest   no    no
    sealing            busy    rest   no    no
    sealed             rest    rest   no    no
    thawing            busy    busy   no    no
    rolling-back       busy    busy   no    no
    returning          busy    busy   no    no
    withdrawing        busy    busy   no    no
    rolled-back        rest    rest   no    no
    aborting           busy    rest   no    no
    aborted            rest    rest   no    no
  `);

  it("has a line for every phase", () => {
    expect(table.map((line) => line.phase).sort()).toEqual([...PHASES].sort());
  });

  it.each(table)("$phase", ({ phase, cells }) => {
    const held = rowIn(phase, { hold: HOLD });
    const moving = { ...held };
    delete moving.hold;
    const after = FREEZE.deadlineAt;
    const rest = (rowNow: WaveRow) => (isAtRest(rowNow) ? "rest" : "busy");
    const past = (rowNow: WaveRow) => (isPastDeadline(rowNow, after) ? "yes" : "no");
    expect({ moving: rest(moving), held: rest(held), past: past(moving), "held-past": past(held) }).toEqual(cells);
  });

  it("a wave that nobody started is at rest, and neither held nor past anything", () => {
    expect(isAtRest(row())).toBe(true);
    expect(decideHold(row(), { kind: "by-person", by: "olga", at: NOW, reason: "r", cure: "c" })).toMatchObject({
      kind: "refused",
    });
  });

  it("the deadline counts from its very millisecond on", () => {
    expect(isPastDeadline(rowIn("frozen"), FREEZE.deadlineAt - 1)).toBe(false);
    expect(isPastDeadline(rowIn("frozen"), FREEZE.deadlineAt)).toBe(true);
  });
});
